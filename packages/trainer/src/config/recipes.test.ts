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

test('the geometry recipe differs from SED in the geometry only, the jitter recipe in sizes and method', () => {
  const read = (name: string) => loadConfig(folder + name);
  const { augment: a, description: _a, ...sed } = read('bccd-10-sed.json');
  const { augment: b, description: _b, ...moved } = read('bccd-10-sed-geometry.json');
  expect(moved).toEqual(sed);
  expect(b).toEqual({ ...a, geometry: { ...a.geometry, probability: 1 } });
  const { description: _c, ...coco } = read('coco-10-sed-retinanet-r50.json');
  const { description: _d, ...jitter } = read('coco-10-distillation-jitter-retinanet-r50.json');
  const resize = { kind: 'short-edge', short: [300, 1200], long: 2000, test: { short: 800, long: 1333 } };
  expect(jitter).toEqual({
    ...coco,
    input: { ...coco.input, resize },
    method: { ...coco.method, lambdaScale: 0 },
  });
});

test('the supervised recipe differs from SED in the method only', () => {
  const read = (name: string) => loadConfig(folder + name);
  const { method: a, description: _a, ...supervised } = read('bccd-10-supervised.json');
  const { method: b, description: _b, ...sed } = read('bccd-10-sed.json');
  expect(supervised).toEqual(sed);
  expect([a.burnIn, a.alpha]).toEqual([b.burnIn, b.alpha]);
});
