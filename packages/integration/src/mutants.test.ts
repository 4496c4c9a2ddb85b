/**
 * The mutants of `tools/mutants` fit the sources of today. Whether they are caught is what `tools/mutants/run.mjs`
 * finds out, which takes longer.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly why: string;
  readonly tests: readonly (readonly [folder: string, pattern: string, title?: string, backend?: string])[];
}
const root = fileURLToPath(new URL('../../..', import.meta.url));
const { mutants } = (await import(join(root, 'tools/mutants/list/index.mjs'))) as { mutants: readonly Mutant[] };

/** Paths of the test files of a package, from its folder. */
const testFiles = (folder: string): string[] =>
  readdirSync(join(root, 'packages', folder, 'src'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.test.ts'),
  );

test('there are enough of them, each of its own name', () => {
  expect(mutants.length).toBeGreaterThanOrEqual(40);
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
});

test.each(mutants)('$name: its text is there once, and so are its tests', ({ file, find, replace, tests }) => {
  const path = join(root, file);
  expect(existsSync(path) ? readFileSync(path, 'utf8').split(find).length - 1 : `no ${file}`).toBe(1);
  expect(replace).not.toBe(find);
  expect(tests.length).toBeGreaterThan(0);
  for (const [folder, pattern] of tests) {
    expect(testFiles(folder).filter((test) => test.includes(pattern))).not.toEqual([]);
  }
});
