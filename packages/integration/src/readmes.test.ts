/**
 * What the pages show is true: programs of the packages' READMEs compile in strict TypeScript and run, against the
 * packages as they are built here (`installing.test.ts` does the same with the packed ones); configs are valid.
 */
import { parseConfig } from '@sed/trainer';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { blocksOf, compilePrograms, programsOf, runPrograms } from './testing/readme-code.ts';
import { makeReadmeInputs } from './testing/readme-inputs.ts';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..', '..');

const readmes = readdirSync(join(root, 'packages'))
  .filter((name) => readdirSync(join(root, 'packages', name)).includes('README.md'))
  .map((name) => ({ name, page: join('packages', name, 'README.md') }));
const docs = readdirSync(join(root, 'docs')).filter((file) => file.endsWith('.md'));
const pages = ['README.md', 'CONTRIBUTING.md', ...docs.map((file) => join('docs', file))];
const blocks = [...pages, ...readmes.map(({ page }) => page)].flatMap((page) =>
  blocksOf(join(root, page)).map((block) => ({ page, ...block })),
);

test('pages show TypeScript in READMEs of packages, where it is run, and else JSON, commands and drawings', () => {
  const kinds = new Set(['', 'sh', 'json']);
  const others = blocks.filter(({ page, kind }) => !kinds.has(kind) && !(kind === 'ts' && page.startsWith('packages')));
  expect(others).toEqual([]);
});

test('JSON in pages is a config, or a part of one', () => {
  const demo = JSON.parse(readFileSync(join(root, 'tools', 'demo', 'sed.json'), 'utf8')) as Record<string, object>;
  const shown = blocks.filter(({ kind }) => kind === 'json');
  expect(shown.length).toBeGreaterThan(2);
  for (const { page, text } of shown) {
    const part = JSON.parse(text) as Record<string, object>;
    const whole = 'method' in part ? part : { ...demo, ...part, data: { ...demo['data'], ...part['data'] } };
    expect(parseConfig(whole, { source: page })).toMatchObject({ data: { labeled: expect.anything() } });
  }
});

describe('programs of READMEs', () => {
  // inside of this package, whose dependencies they import
  const project = join(here, '..', 'out-tsc', 'readmes');
  const programs = readmes.flatMap(({ name, page }) => programsOf(join(root, page), name));
  beforeAll(async () => {
    rmSync(project, { recursive: true, force: true });
    mkdirSync(project, { recursive: true });
    await makeReadmeInputs(project, join(root, 'tools', 'demo', 'sed.json'));
  });
  afterAll(() => rmSync(project, { recursive: true, force: true }));

  test('compile in strict TypeScript', async () => {
    expect(programs.length).toBeGreaterThanOrEqual(readmes.length);
    await compilePrograms(programs, project, root);
  });

  test.each(programs)('$file runs', async (program) => {
    await runPrograms([program], project, process.execPath);
  });
});
