/** Weights that a run starts from, as PyTorch people have them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromTfjs, writeSafetensors, type StateDict } from '@sed/detectors/weights';
import * as tf from '@tensorflow/tfjs';
import type { RunConfig } from '../config/schema.ts';
import { tinyConfig } from '../testing/made-up.ts';
import { createDetector } from './detector.ts';
import { pretrainedOrFresh } from './weights.ts';

let folder: string;
beforeAll(async () => {
  await tf.setBackend('cpu');
  folder = mkdtempSync(join(tmpdir(), 'sed-weights-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tiny = (): RunConfig => tinyConfig(folder);
const detector = () => createDetector(tiny(), 2);
/** A detector's fresh weights of a seed, as a file; made once, as it takes seconds. */
const states = new Map<number, StateDict>();
function stateOf(seed: number): StateDict {
  const known = states.get(seed);
  if (known) return known;
  const weights = detector().initialize(seed);
  const state = fromTfjs(weights, detector().parameters);
  tf.dispose([...weights.values()]);
  states.set(seed, state);
  return state;
}
function write(
  name: string,
  entries: Iterable<readonly [string, StateDict extends Map<string, infer T> ? T : never]>,
): string {
  const path = join(folder, name);
  writeFileSync(path, writeSafetensors(new Map(entries)));
  return path;
}
const under = (prefix: string, state: StateDict) =>
  [...state].map(([name, weight]) => [prefix + name, weight] as const);

function start(settings: Partial<RunConfig['detector']>, log: (message: string) => void = () => undefined) {
  const config = tiny();
  const weights = pretrainedOrFresh(
    detector(),
    { ...config, detector: { ...config.detector, ...settings } as RunConfig['detector'] },
    log,
  );
  const state = fromTfjs(weights, detector().parameters);
  tf.dispose([...weights.values()]);
  return state;
}

/** Names whose values differ. Jest's own comparison takes minutes for millions of values. */
const differing = (
  found: StateDict,
  expected: Iterable<readonly [string, { readonly data: ArrayLike<number | bigint> }]>,
) =>
  [...expected]
    .filter(([name, { data }]) => {
      const values = found.get(name)!.data as Float32Array;
      return values.length !== data.length || values.some((v, i) => v !== data[i]);
    })
    .map(([name]) => name);

test('a whole detector behind two wrappers', () => {
  const prefix = 'module._orig_mod.';
  const state = stateOf(5);
  const said: string[] = [];
  const found = start({ checkpoint: write('a.safetensors', under(prefix, state)) }, (m) => said.push(m));
  expect(differing(found, state)).toEqual([]);
  expect(said).toEqual([]);
});

test('of a teacher and a student the teacher, and it is said', () => {
  const [teacher, student] = [stateOf(5), stateOf(6)];
  const path = write('b.safetensors', [...under('modelTeacher.', teacher), ...under('modelStudent.', student)]);
  const said: string[] = [];
  expect(
    differing(
      start({ checkpoint: path }, (m) => said.push(m)),
      teacher,
    ),
  ).toEqual([]);
  expect(said).toEqual([
    `${path} has a teacher and a student: the teacher is taken (modelTeacher.), not modelStudent..`,
  ]);
});

test('a backbone out of a wrapped classifier', () => {
  const state = stateOf(5);
  const body = [...state].filter(([name]) => name.startsWith('backbone.body.'));
  const path = write(
    'c.safetensors',
    body.map(([name, w]) => [`module.${name.slice('backbone.body.'.length)}`, w] as const),
  );
  const loaded = start({ weights: path });
  expect(differing(loaded, body)).toEqual([]);
});

test('strides elsewhere are refused, as the weights would fit and compute something else', () => {
  const path = write('d.safetensors', [
    ['backbone.bottom_up.stem.conv1.weight', { shape: [64, 3, 7, 7], data: new Float32Array(64 * 3 * 49) }],
  ]);
  const backbone = { ...tiny().detector.backbone, name: 'resnet50' as const };
  expect(() => start({ weights: path, backbone })).toThrow(
    `"detector.weights" (${path}) has detectron2's names and is taken for a resnet50 with its strides in the 1x1 convolutions; set ` +
      '"detector.backbone.stride" to "1x1".',
  );
});
