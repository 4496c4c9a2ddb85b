import { expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import * as tf from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { clipFactor } from './clip.ts';
import type { Gradients, Optimizer } from './optimizer.ts';
import { createSgd } from './sgd.ts';

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
  new Map(Object.entries(values).map(([name, v]) => [name, tf.tensor(v, golden.shapes[name])]));
const variablesOf = (values: Values) =>
  new Map(
    Object.entries(values).map(([name, v]) => [name, tf.tidy(() => tf.variable(tf.tensor(v, golden.shapes[name])))]),
  );

/** Gradients whole, or as two terms: halves, of which every second time one variable is in the first alone. */
function halves(gradients: Values, at: number): Map<string, tf.Tensor>[] {
  if (at % 3 === 0) return [tensors(gradients)];
  const alone = at % 3 === 1 ? 'a.bias' : undefined;
  const share = (name: string, factor: number) => gradients[name]!.map((g) => g * factor);
  const names = Object.keys(gradients);
  return [
    tensors(Object.fromEntries(names.map((name) => [name, share(name, name === alone ? 1 : 0.5)]))),
    tensors(Object.fromEntries(names.filter((name) => name !== alone).map((name) => [name, share(name, 0.5)]))),
  ];
}

onEveryBackend('SGD', () => {
  test.each(golden.cases)('torch.optim.SGD: momentum $momentum, weight decay $weightDecay, clip $clip', (c) => {
    const before = tf.memory().numTensors;
    const variables = variablesOf(c.initial);
    const sgd = createSgd(variables, c);
    c.steps.forEach((s, i) => {
      const terms = halves(s.gradients, i).map((half) => sgd.collect(half));
      const norm = tf.tidy(() => sgd.norm(terms).dataSync()[0]!);
      expectClose([norm], [s.norm], { relative: 1e-5 });
      sgd.step(terms, c.lrs[i]!, clipFactor(norm, c.clip));
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

  test('a restored optimizer goes on bit for bit', () => {
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
        sgd.step([sgd.collect(tensors(s.gradients))], c.lrs[i]!);
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
    const collected = (): Gradients => sgd.collect(tensors(c.steps[0]!.gradients));
    sgd.step([collected()], 0.1); // the momentum is made by the first step
    expectNoLeak(() => {
      const sum = collected();
      sgd.accumulate(sum, collected());
      sgd.step([sum, collected()], 0.1, 0.5);
    }, 0);
    expect(() => sgd.restore(new Map())).toThrow(/no momentum for "a.weight"/);
    sgd.dispose();
    variables.forEach((v) => v.dispose());
  });

  test('sums of three terms, in either way', () => {
    const c = golden.cases[1]!;
    const [a, b, third] = c.steps.map(({ gradients }) => gradients) as [Values, Values, Values];
    const run = (take: (sgd: Optimizer) => void) => {
      const variables = variablesOf(c.initial);
      const sgd = createSgd(variables, c);
      take(sgd);
      const values = [...variables.values()].flatMap((v) => [...v.dataSync()]);
      sgd.dispose();
      variables.forEach((v) => v.dispose());
      return values;
    };
    const sums = Object.fromEntries(
      Object.keys(a).map((name) => [name, a[name]!.map((g, i) => g + b[name]![i]! + third[name]![i]!)]),
    );
    const expected = run((sgd) => sgd.step([sgd.collect(tensors(sums))], 0.1));
    const actual = run((sgd) => {
      const sum = sgd.collect(tensors(a));
      sgd.accumulate(sum, sgd.collect(tensors(b)));
      sgd.step([sum, sgd.collect(tensors(third))], 0.1);
    });
    expectClose(actual, expected, { relative: 1e-6, absolute: 1e-6 });
  });

  test('what a variable shares with another tensor is not changed', () => {
    const c = golden.cases[0]!;
    const variables = variablesOf(c.initial);
    const shared = new Map([...variables].map(([name, v]) => [name, tf.clone(v)]));
    const sgd = createSgd(variables, c);
    sgd.step([sgd.collect(tensors(c.steps[0]!.gradients))], 0.1);
    const state = sgd.state();
    const before = [...state.values()].map((v) => [...v.dataSync()]);
    sgd.step([sgd.collect(tensors(c.steps[1]!.gradients))], 0.1);
    for (const [name, v] of shared) expectClose(v.dataSync(), c.initial[name]!, { absolute: 1e-7 });
    expect([...state.values()].map((v) => [...v.dataSync()])).toEqual(before);
    tf.dispose([...shared.values(), ...state.values(), ...variables.values()]);
    sgd.dispose();
  });
});

test('clipping', () => {
  expect(clipFactor(1, 10)).toBe(1);
  expect(clipFactor(20, 10)).toBeCloseTo(0.5, 6);
  expect(clipFactor(20, null)).toBe(1);
});
