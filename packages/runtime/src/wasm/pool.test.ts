import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { workerFile } from './pool.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sed-pool-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** Makes files and says where `pool` would look for its worker. */
function found(pool: string, ...files: string[]): string {
  for (const file of files) {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
  return workerFile(pathToFileURL(join(folder, pool)).href);
}

test("the worker's file is the one beside the pool; from the sources, the one that was built", () => {
  expect(found('src/wasm/pool.ts', 'dist/wasm/pool-worker.js')).toBe(join(folder, 'dist', 'wasm', 'pool-worker.js'));
  expect(found('other/wasm/pool.js', 'other/wasm/pool-worker.js')).toBe(
    join(folder, 'other', 'wasm', 'pool-worker.js'),
  );
});

test('a bundle of one file has none, and is told what to do', () => {
  expect(() => found('bundle/all.js')).toThrow(
    /bundle\/pool-worker\.js is not there; leave @sed\/runtime out of a bundle/,
  );
});
