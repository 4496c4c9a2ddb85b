import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadConfig } from './parse.ts';
import { resolvePaths } from './paths.ts';

const folder = fileURLToPath(new URL('../../recipes/', import.meta.url));
const recipes = readdirSync(folder).filter((name) => name.endsWith('.json'));

test('there are recipes', () => {
  expect(recipes).toContain('bccd-10-sed.json');
  expect(recipes).toContain('bccd-10-supervised.json');
});

test.each(recipes)('%s is valid, complete, and says why', (name) => {
  const config = loadConfig(folder + name);
  // nothing is left to a default: the file alone tells what is run
  expect(config).toEqual(resolvePaths(JSON.parse(readFileSync(folder + name, 'utf8')), folder));
  expect(config.description!.length).toBeGreaterThan(100);
});

test('the supervised recipe differs from SED in the method only', () => {
  const read = (name: string) => loadConfig(folder + name);
  const { method: a, description: _a, ...supervised } = read('bccd-10-supervised.json');
  const { method: b, description: _b, ...sed } = read('bccd-10-sed.json');
  expect(supervised).toEqual(sed);
  expect([a.burnIn, a.alpha]).toEqual([b.burnIn, b.alpha]);
});
