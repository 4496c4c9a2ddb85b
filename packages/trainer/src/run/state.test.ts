/** A state as files and back, of a method with two trained networks, an average of the second one and a memory. */
import type { Detector, ParameterSpec } from '@sed/detectors';
import type { Method, TrainedNetwork } from '@sed/methods';
import { randomStream } from '@sed/geometry';
import { onEveryBackend } from '@sed/testing';
import { Type } from '@sinclair/typebox';
import * as tf from '@tensorflow/tfjs-core';
import { methodPlan } from '../config/method-plan.ts';
import { initialState } from './start.ts';
import { disposeState, restoredState, stateFiles, type StoredState, type TrainingState } from './state.ts';
import { tinyConfig } from '../testing/made-up.ts';

interface Memory {
  readonly steps: number;
}
const two: Method<{ kind: string }, Memory> = {
  kind: 'two',
  schema: Type.Object({ kind: Type.Literal('two') }),
  networks: () => ({
    first: { role: 'trained' },
    second: { role: 'trained' },
    mean: { role: 'averaged', of: 'second', from: 2, alpha: () => 0.5 },
  }),
  views: () => [{ source: 'labeled', from: 0, chains: { image: ['weak'] } }],
  parts: () => [],
  memory: {
    initial: () => ({ steps: 0 }),
    restore(stored) {
      if (Number.isSafeInteger((stored as Memory | null)?.steps)) return stored as Memory;
      throw new Error('has no number of steps');
    },
  },
};

const config = { ...tinyConfig('data'), method: { kind: 'two' } } as unknown as ReturnType<typeof tinyConfig>;
const plan = methodPlan(config, [two]);
const CLASSES = ['red', 'blue'];

const PARAMETERS: readonly ParameterSpec[] = [
  { name: 'w', shape: [2, 3], layout: 'linear', buffer: false, trainable: true },
  { name: 'b', shape: [3], layout: 'plain', buffer: false, trainable: true },
  { name: 'fixed', shape: [4], layout: 'plain', buffer: true, trainable: false },
];
/** All that a state needs of a detector. */
const detector = {
  name: 'three parameters',
  parameters: PARAMETERS,
  initialize(seed: number) {
    const random = randomStream(seed, 'weights');
    const values = (shape: readonly number[]) =>
      tf.tensor(
        Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, () => random.next()),
        [...shape],
      );
    return new Map(PARAMETERS.map(({ name, shape }) => [name, values(shape)]));
  },
} as unknown as Detector;
const begin = () => initialState(detector, config, plan, CLASSES, undefined, () => {});

/** Other weights for every network, and momenta: each value tells whose it is. */
function move({ networks }: TrainingState): void {
  [...networks].forEach(([, network], at) => {
    for (const tensor of network.parameters.values()) {
      if (tensor instanceof tf.Variable) tf.tidy(() => tensor.assign(tf.add(tensor, 10 * (at + 1))));
    }
    if (network.role !== 'trained') return;
    const momentum = new Map([...network.trainable].map(([name, { shape }]) => [name, tf.fill(shape, at + 0.5)]));
    network.optimizer.restore(momentum);
    tf.dispose([...momentum.values()]);
  });
}
const bytes = (files: ReadonlyMap<string, Uint8Array>): Record<string, string> =>
  Object.fromEntries([...files].map(([name, data]) => [name, Buffer.from(data).toString('base64')]));
const storedOf = (files: ReadonlyMap<string, Uint8Array>) => {
  const state: StoredState = {
    seed: config.seed,
    detector: detector.name,
    categories: CLASSES.map((name, i) => ({ id: i + 1, name })),
    seconds: 12,
    evaluationPending: false,
  };
  return { step: 5, folder: 'checkpoints/step-5', state, files };
};
const differs = (a: TrainedNetwork, b: ReadonlyMap<string, tf.Tensor>): boolean =>
  [...a.parameters].some(([name, tensor]) =>
    tf.tidy(() => tf.any(tf.notEqual(tensor, b.get(name)!)).dataSync()[0] === 1),
  );

onEveryBackend('a state', () => {
  test('comes back from its files: each network’s weights and momentum, the memory, the step, the time', () => {
    const tensors = tf.memory().numTensors;
    const state = begin();
    expect([...state.networks.keys()]).toEqual(['first', 'second']);
    state.step = 2;
    const from = storedOf(stateFiles(detector, state, plan));
    disposeState(state);
    // that of a run with a later start of the average
    const going = initialState(detector, config, plan, CLASSES, from, () => {});
    expect([...going.networks.keys()]).toEqual(['first', 'second', 'mean']);
    going.memory = { steps: 7 };
    move(going);
    const files = stateFiles(detector, going, plan);
    disposeState(going);
    expect([...files.keys()].sort()).toEqual([
      'first.optimizer.safetensors',
      'first.safetensors',
      'mean.safetensors',
      'method.json',
      'second.optimizer.safetensors',
      'second.safetensors',
    ]);
    expect(new Set(Object.values(bytes(files))).size).toBe(6);

    const restored = restoredState(detector, storedOf(files), config, plan);
    expect(restored).toMatchObject({ step: 5, seconds: 12, memory: { steps: 7 }, updating: false });
    expect([...restored.networks].map(([name, { role }]) => [name, role])).toEqual([
      ['first', 'trained'],
      ['second', 'trained'],
      ['mean', 'averaged'],
    ]);
    expect(bytes(stateFiles(detector, restored, plan))).toEqual(bytes(files));
    disposeState(restored);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  test('begins with weights of the seed for the first trained network, and of its name too for the second', () => {
    const state = begin();
    const fresh = detector.initialize(config.seed);
    const network = (name: string) => state.networks.get(name) as TrainedNetwork;
    expect(differs(network('first'), fresh)).toBe(false);
    expect(differs(network('second'), fresh)).toBe(true);
    tf.dispose([...fresh.values()]);
    disposeState(state);
  });

  test('is refused where its memory is not what the method writes; another method’s is left behind', () => {
    const state = begin();
    const files = stateFiles(detector, state, plan);
    disposeState(state);
    const remembering = (kind: string) =>
      storedOf(new Map([...files, ['method.json', Buffer.from(JSON.stringify({ kind, memory: {} }))]]));
    expect(() => restoredState(detector, remembering('two'), config, plan)).toThrow(
      /memory of the method two in checkpoints\/step-5 has no number of steps: it is damaged/,
    );
    const other = restoredState(detector, remembering('three'), config, plan);
    expect(other.memory).toEqual({ steps: 0 });
    disposeState(other);
  });
});
