import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SedConfig } from '@sed/methods';
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

test.each(['', '-fasterrcnn'])('the supervised recipe differs from SED in the method only%s', (detector) => {
  const read = (name: string) => loadConfig(folder + name);
  type Averaging = Pick<SedConfig, 'burnIn' | 'alpha'>;
  const { method: a, description: _a, ...supervised } = read(`bccd-10-supervised${detector}.json`);
  const { method: b, description: _b, ...sed } = read(`bccd-10-sed${detector}.json`);
  expect(supervised).toEqual(sed);
  const averaging = ({ burnIn, alpha }: Averaging): Averaging => ({ burnIn, alpha });
  expect(averaging(a as unknown as Averaging)).toEqual(averaging(b as unknown as Averaging));
});

test('the Faster R-CNN recipes differ from RetinaNet’s in the detector, and in what its regions need', () => {
  const read = (name: string) => loadConfig(folder + name);
  for (const [retinanet, fasterRcnn] of [
    ['bccd-10-sed.json', 'bccd-10-sed-fasterrcnn.json'],
    ['coco-10-sed-retinanet-r50.json', 'coco-10-sed-fasterrcnn-r50.json'],
  ] as const) {
    const { detector: a, description: _a, method: m, ...one } = read(retinanet);
    const { detector: b, description: _b, method: n, ...other } = read(fasterRcnn);
    expect(other).toEqual(one);
    expect([a.kind, b.kind, b.weights, b.backbone]).toEqual(['retinanet', 'faster-rcnn', a.weights, a.backbone]);
    expect({ ...n, regressionWeight: 0 }).toEqual({ ...m, regressionWeight: 0 });
  }
  // the paper's default detector and schedule, nothing beyond it
  expect(read('coco-10-sed-fasterrcnn-r50.json').method).toMatchObject({
    regressionWeight: 1,
    classificationWeight: 1,
  });
});
