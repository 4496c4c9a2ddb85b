import type { View } from '@sed/augment';
import type { Detector } from '@sed/detectors';
import { expectClose, onEveryBackend } from '@sed/testing';
import { Type } from '@sinclair/typebox';
import * as tf from '@tensorflow/tfjs-core';
import type { Method, NetworkPlan, Part, RunFacts, StepContext } from '../method.ts';
import { disposeNetworks, startNetworks, trainedNetwork, type Networks } from '../networks.ts';
import { createSgd } from '../optimizers/sgd.ts';
import { planOf } from '../plan.ts';
import { applyStep, followNetworks, updateNetworks } from './apply.ts';
import { computeStep, disposeStep, type StepInputs, type StepSetup, type StepState } from './compute.ts';

/** Two weights, and images that are a number each. */
const detector = { parameters: [{ name: 'w', shape: [2], trainable: true }] } as unknown as Detector;
const image = (value: number): View => ({
  pixels: Uint8Array.of(value),
  width: 1,
  height: 1,
  boxes: new Float32Array(0),
  labels: new Int32Array(0),
  geometry: [1, 0, 0, 0, 1, 0],
});
const inputs: StepInputs = {
  labeled: { image: [1, 2, 3, 4, 5, 6].map(image) },
  unlabeled: { image: [2, 4, 6, 8, 10, 12].map(image) },
  measuring: true,
};

const numbers = (views: readonly View[] | undefined): tf.Tensor1D =>
  tf.tensor1d(views!.map(({ pixels }) => pixels[0]!));
const later = () => new Promise(setImmediate);
const [first, second] = [0, 1].map(
  (at) =>
    (parameters: ReadonlyMap<string, tf.Tensor>): tf.Scalar =>
      tf.reshape(tf.slice(parameters.get('w')!, at, 1), []) as unknown as tf.Scalar,
) as [(p: ReadonlyMap<string, tf.Tensor>) => tf.Scalar, (p: ReadonlyMap<string, tf.Tensor>) => tf.Scalar];

/** `x̄ w₀²`, and at weight 0 `w₁`. */
const supervised = ({ labeled }: StepContext<unknown>): Part => ({
  name: 'supervised',
  network: 'a',
  prepare() {
    const x = tf.mean<tf.Scalar>(numbers(labeled['image']));
    return (parameters) => ({
      terms: [
        { name: 'supervised.square', value: tf.mul(x, tf.square(first(parameters))), weight: 1 },
        { name: 'supervised.silent', value: second(parameters), weight: 0 },
      ],
    });
  },
});

/** `½ ū w₀ w₁`, with measures of all kinds, after waiting. */
const unsupervised = ({ unlabeled }: StepContext<unknown>): Part => ({
  name: 'unsupervised',
  network: 'a',
  async prepare() {
    const u = numbers(unlabeled!['image']);
    await later();
    const mean = tf.mean<tf.Scalar>(u);
    return (parameters) => ({
      terms: [{ name: 'product', value: tf.mul(mean, tf.mul(first(parameters), second(parameters))), weight: 0.5 }],
      measured: {
        highest: { value: tf.max(u), over: 'max' },
        rows: { value: tf.stack([tf.sum(u), tf.scalar(u.size)]), over: 'sum', names: ['sum', 'of'] },
        histogram: { value: tf.tensor1d([u.size, 1]), over: 'sum' },
      },
    });
  },
});

/** `2 x̄ w₁²` of the second network. */
const other = ({ labeled }: StepContext<unknown>): Part => ({
  name: 'other',
  network: 'b',
  prepare: () => (parameters) => ({
    terms: [
      { name: 'b.square', value: tf.mul(tf.mean(numbers(labeled['image'])), tf.square(second(parameters))), weight: 2 },
    ],
  }),
});

const PLANS: Record<string, NetworkPlan> = {
  a: { role: 'trained' },
  b: { role: 'trained' },
  mean: { role: 'averaged', of: 'a', from: 0, alpha: () => 0.5 },
  old: { role: 'frozen', of: 'b', from: 1 },
};

/** The method of `parts`, with the networks `a` at [1, 2] and `b` at [0.5, -1]. */
function begin(parts: Method['parts'], accumulate = 1): { setup: StepSetup; state: StepState } {
  const method: Method = {
    kind: 'made-up',
    schema: Type.Object({ kind: Type.Literal('made-up') }),
    networks: () => PLANS,
    views: () => [
      { source: 'labeled', from: 0, chains: { image: ['weak'] } },
      { source: 'unlabeled', from: 0, chains: { image: ['weak'] } },
    ],
    parts,
  };
  const batch = { labeled: 6, unlabeled: 6, accumulate };
  const run: RunFacts = { seed: 3, iterations: 9, batch, milestones: [], labeledView: 'weak' };
  const plan = planOf(method, { kind: 'made-up' }, run);
  const network = (w: number[]) =>
    trainedNetwork(detector, new Map([['w', tf.tensor1d(w)]]), (variables) =>
      createSgd(variables, { momentum: 0, weightDecay: 0 }),
    );
  const networks: Networks = new Map();
  networks.set('a', network([1, 2]));
  networks.set('b', network([0.5, -1]));
  startNetworks(networks, PLANS, 0);
  return {
    setup: { plan, detector, batching: { multiple: 1 } },
    state: { step: 0, networks, memory: { note: 'kept' } },
  };
}

const weightsOf = ({ networks }: StepState, name: string): number[] => [
  ...networks.get(name)!.parameters.get('w')!.dataSync(),
];

onEveryBackend('a step', () => {
  test.each([1, 2, 3])(
    'of three parts and two networks is what it is by hand, in %i parts of the batch',
    async (accumulate) => {
      const before = tf.memory().numTensors;
      const { setup, state } = begin((step) => [supervised(step), unsupervised(step), other(step)], accumulate);
      const tensors = tf.memory().numTensors;
      const found = await computeStep(setup, state, inputs);
      // x̄ = 3.5, ū = 7
      expect([...found.losses.keys()]).toEqual(['supervised.square', 'supervised.silent', 'product', 'b.square']);
      expectClose([...found.losses.values()], [3.5, 2, 14, 3.5], { relative: 1e-6 });
      expect([...found.totals.keys()]).toEqual(['supervised', 'unsupervised', 'other']);
      expectClose([...found.totals.values()], [3.5, 7, 7], { relative: 1e-6 });
      expectClose([found.total], [17.5], { relative: 1e-6 });
      expect(found.measured).toEqual({ highest: 12, rows: { sum: 42, of: 6 }, histogram: [6, accumulate] });
      // ∂a = (2 x̄ w₀ + ½ ū w₁, ½ ū w₀) = (14, 3.5), ∂b = (0, 4 x̄ w₁) = (0, -14)
      const norms = ['a', 'b'].map((name) => found.norms.get(name)!);
      expectClose(norms, [Math.hypot(14, 3.5), 14], { relative: 1e-6 });
      expect(weightsOf(state, 'a')).toEqual([1, 2]);

      applyStep(setup, state, found, { lr: 0.1, clip: null });
      expectClose(weightsOf(state, 'a'), [-0.4, 1.65], { relative: 1e-6 });
      expectClose(weightsOf(state, 'b'), [0.5, 0.4], { relative: 1e-5 });
      expectClose(weightsOf(state, 'mean'), [0.3, 1.825], { relative: 1e-6 });
      expect(weightsOf(state, 'old')).toEqual(weightsOf(state, 'b'));
      expect(tf.memory().numTensors).toBe(tensors + 1); // the network `old` has started
      disposeNetworks(state.networks);
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  test('that is not taken leaves nothing behind', async () => {
    const { setup, state } = begin((step) => [supervised(step), unsupervised(step), other(step)], 3);
    const tensors = tf.memory().numTensors;
    disposeStep(await computeStep(setup, state, inputs));
    expect(tf.memory().numTensors).toBe(tensors);
    expect([...state.networks.keys()]).toEqual(['a', 'b', 'mean']);
    disposeNetworks(state.networks);
  });

  test('clips the gradient of each network on its own; the networks follow after that', async () => {
    const { setup, state } = begin((step) => [supervised(step), other(step)]);
    const found = await computeStep(setup, state, inputs);
    updateNetworks(state, found, { lr: 0.1, clip: 10 });
    // ∂a = (7, 0) is below, ∂b = (0, -14) becomes (0, -10)
    expectClose(weightsOf(state, 'a'), [0.3, 2], { relative: 1e-6 });
    expectClose(weightsOf(state, 'b'), [0.5, 0], { absolute: 1e-6 });
    expect(weightsOf(state, 'mean')).toEqual([1, 2]);
    followNetworks(setup, state);
    expectClose(weightsOf(state, 'mean'), [0.65, 2], { relative: 1e-6 });
    disposeNetworks(state.networks);
  });

  test('a network that no part differentiates stays where it is', async () => {
    const { setup, state } = begin((step) => [supervised(step)]);
    const found = await computeStep(setup, state, inputs);
    expect([...found.gradients.keys()]).toEqual(['a']);
    applyStep(setup, state, found, { lr: 0.1, clip: null });
    expect(weightsOf(state, 'b')).toEqual([0.5, -1]);
    disposeNetworks(state.networks);
  });

  test('what its method sees: its part of the images, streams of the step and of the part, the networks that have started', async () => {
    const seen: StepContext<unknown>[] = [];
    const order: string[] = [];
    const told = (part: Part): Part => ({
      ...part,
      prepare() {
        order.push(part.name);
        return part.prepare();
      },
    });
    const { setup, state } = begin((step) => {
      seen.push(step);
      return [told(supervised(step)), told(unsupervised(step))];
    }, 2);
    disposeStep(await computeStep(setup, { ...state, step: 4 }, inputs));
    expect(order).toEqual(['unsupervised', 'supervised', 'unsupervised', 'supervised']);
    const pixels = (views: readonly View[] | undefined) => views!.map((view) => view.pixels[0]);
    expect(seen.map(({ labeled }) => pixels(labeled['image']))).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(seen.map(({ unlabeled }) => pixels(unlabeled!['image']))).toEqual([
      [2, 4, 6],
      [8, 10, 12],
    ]);
    for (const context of seen) {
      expect(context).toMatchObject({
        step: 4,
        measuring: true,
        memory: { note: 'kept' },
        config: { kind: 'made-up' },
      });
      expect(Object.keys(context.networks)).toEqual(['a', 'b', 'mean']);
    }
    const draws = (context: StepContext<unknown>) => [
      context.random('x').integer(1e9),
      context.randomOfPart('x').integer(1e9),
    ];
    const [[shared, own], [again, others]] = seen.map(draws) as [[number, number], [number, number]];
    expect(again).toBe(shared);
    expect(others).not.toBe(own);
    disposeNetworks(state.networks);
  });

  test('without unlabeled images there are none in the context either', async () => {
    const seen: unknown[] = [];
    const { setup, state } = begin((step) => {
      seen.push(step.unlabeled);
      return [supervised(step)];
    }, 2);
    disposeStep(await computeStep(setup, state, { ...inputs, unlabeled: undefined }));
    expect(seen).toEqual([undefined, undefined]);
    disposeNetworks(state.networks);
  });

  const on = (network: string, part: Part): Part => ({ ...part, network });
  const withTerms = (names: readonly string[], weight: number): Part => ({
    name: 'wrong',
    network: 'a',
    prepare: () => (parameters) => ({
      terms: names.map((name) => ({ name, weight, value: tf.square(first(parameters)) })),
    }),
  });
  test('where all weights are 0, as at the beginning of a ramp, losses are reported and nothing is learnt', async () => {
    const { setup, state } = begin(() => [withTerms(['x', 'y'], 0)], 2);
    const computed = await computeStep(setup, state, inputs);
    expect([...computed.losses.keys()]).toEqual(['x', 'y']);
    expect([computed.total, ...computed.norms.values()]).toEqual([0, 0]);
    disposeStep(computed);
    disposeNetworks(state.networks);
  });

  test.each<[string, (step: StepContext<unknown>) => Part, RegExp]>([
    [
      'a part on an average',
      (step) => on('mean', supervised(step)),
      /'supervised'.*'mean', which is none of its trained/,
    ],
    ['a part on nothing', (step) => on('nowhere', supervised(step)), /'nowhere', which is none of its trained/],
    ['two losses of a name', () => withTerms(['x', 'x'], 1), /Two losses of one objective are called 'x'/],
    ['no loss', () => withTerms([], 1), /no loss/],
    ['a loss of another part', () => withTerms(['product'], 1), /have a loss 'product': 'wrong' and 'unsupervised'/],
  ])('a mistake in the method is an error, and no tensor is left of it: %s', async (_, wrong, message) => {
    const { setup, state } = begin((step) => [wrong(step), unsupervised(step), other(step)], 2);
    const tensors = tf.memory().numTensors;
    await expect(computeStep(setup, state, inputs)).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(tensors);
    disposeNetworks(state.networks);
  });
});
