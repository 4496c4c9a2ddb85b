import { expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import * as tf from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { bucketsOf, flatten, unflatten } from './buckets.ts';
import { clipFactor, createSgd } from './sgd.ts';

type Values = Record<string, number[]>;
interface Case {
  momentum: number;
  weightDecay: number;
  clip: number | null;
  lrs: number[];
  initial: Values;
  steps: { gradients: Values; norm: number; weights: Values }[];
  velocity: Values | null;
}
const golden = JSON.parse(readFileSync(new URL('../fixtures/sgd.json', import.meta.url), 'utf8')) as {
  shapes: Record<string, number[]>;
  cases: Case[];
};

const tensors = (values: Values) =>
  new Map(Object.entries(values).map(([name, v]) => [name, tf.tensor(v, golden.shapes[name]!)]));
const variablesOf = (values: Values) =>
  new Map(
    Object.entries(values).map(([name, v]) => [name, tf.tidy(() => tf.variable(tf.tensor(v, golden.shapes[name]!)))]),
  );

onEveryBackend('SGD', () => {
  test.each(golden.cases)('torch.optim.SGD: momentum $momentum, weight decay $weightDecay, clip $clip', (c) => {
    const before = tf.memory().numTensors;
    const variables = variablesOf(c.initial);
    const sgd = createSgd(variables, c);
    c.steps.forEach((s, i) => {
      const gradients = tensors(s.gradients);
      const collected = sgd.collect(gradients);
      tf.dispose([...gradients.values()]);
      const norm = tf.tidy(() => sgd.norm(collected).dataSync()[0]!);
      expectClose([norm], [s.norm], { relative: 1e-5 });
      sgd.step(collected, c.lrs[i]!, clipFactor(norm, c.clip));
      for (const [name, v] of variables)
        expectClose(v.dataSync(), s.weights[name]!, { relative: 2e-6, absolute: 2e-6 });
    });
    if (c.velocity) {
      const state = sgd.state();
      for (const [name, v] of state) expectClose(v.dataSync(), c.velocity[name]!, { relative: 5e-6, absolute: 2e-6 });
      tf.dispose([...state.values()]);
    }
    sgd.dispose();
    variables.forEach((v) => v.dispose());
    expect(tf.memory().numTensors).toBe(before);
  });

  test('a restored optimiser goes on bit for bit', () => {
    const c = golden.cases[0]!;
    const run = (interrupt: boolean) => {
      const variables = variablesOf(c.initial);
      let sgd = createSgd(variables, c);
      c.steps.forEach((s, i) => {
        if (interrupt && i === 3) {
          const state = sgd.state();
          sgd.dispose();
          sgd = createSgd(variables, c);
          sgd.restore(state);
          tf.dispose([...state.values()]);
        }
        const gradients = tensors(s.gradients);
        sgd.step(sgd.collect(gradients), c.lrs[i]!);
        tf.dispose([...gradients.values()]);
      });
      const values = [...variables.values()].map((v) => [...v.dataSync()]);
      sgd.dispose();
      variables.forEach((v) => v.dispose());
      return values;
    };
    expect(run(true)).toEqual(run(false));
  });

  test('a step leaves the number of tensors as it was', () => {
    const c = golden.cases[0]!;
    const variables = variablesOf(c.initial);
    const sgd = createSgd(variables, c);
    const gradients = tensors(c.steps[0]!.gradients);
    expectNoLeak(() => {
      const sum = sgd.collect(gradients);
      sgd.accumulate(sum, sgd.collect(gradients));
      sgd.step(sum, 0.1, 0.5);
    }, 0);
    expect(() => sgd.restore(new Map())).toThrow(/no momentum for "a.weight"/);
    tf.dispose([...gradients.values()]);
    sgd.dispose();
    variables.forEach((v) => v.dispose());
  });

  test('buckets split and join', () => {
    const shapes = new Map(Object.entries(golden.shapes));
    const values = tensors(golden.cases[0]!.initial);
    const buckets = bucketsOf(shapes, 34);
    expect(buckets.map((b) => b.names)).toEqual([['a.weight'], ['a.bias', 'b.weight'], ['scalar']]);
    for (const b of buckets) {
      const flat = flatten(b, values);
      unflatten(b, flat).forEach((t, i) => {
        expect(t.shape).toEqual(shapes.get(b.names[i]!));
        expect([...t.dataSync()]).toEqual([...values.get(b.names[i]!)!.dataSync()]);
        t.dispose();
      });
      flat.dispose();
    }
    tf.dispose([...values.values()]);
  });
});

test('clipping', () => {
  expect(clipFactor(1, 10)).toBe(1);
  expect(clipFactor(20, 10)).toBeCloseTo(0.5, 6);
  expect(clipFactor(20, null)).toBe(1);
});
