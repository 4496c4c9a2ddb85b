/** What golden numbers do not show: finite differences, empty input, what learns, bad input, and pyramids. */
import * as tf from '@tensorflow/tfjs';
import { getGradient, registerGradient, unregisterGradient } from '@tensorflow/tfjs-core';
import { expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import {
  gradientHistogram,
  pairPyramids,
  scaleConsistencyLoss,
  selfDistillationLoss,
  weightedDivergence,
} from './index.ts';
import type { Activation, ConsistencyOptions, Predictions, Weighting } from './index.ts';

/** Deterministic numbers in [-1, 1). */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}
const draw = (next: () => number, count: number, spread: number): number[] =>
  Array.from({ length: count }, () => Math.fround(next() * spread));

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

/** Eq 5 as it is printed, in float64: rows of p' and p, KL, histogram, sum. */
function eq5(target: number[], source: number[], classes: number, activation: Activation, bins = 10): number {
  const rows = target.length / classes;
  const vector = (x: number[], i: number): number[] => {
    const row = x.slice(i * classes, (i + 1) * classes);
    if (activation === 'sigmoid') return row.map(logistic);
    const exps = row.map((z) => Math.exp(z - Math.max(...row)));
    return exps.map((e) => e / exps.reduce((a, b) => a + b));
  };
  const kls: number[] = [];
  const index: number[] = [];
  for (let i = 0; i < rows; i++) {
    const [t, s] = [vector(target, i), vector(source, i)];
    let kl = 0;
    let g = 0;
    for (let c = 0; c < classes; c++) {
      kl += t[c]! * Math.log(t[c]! / s[c]!);
      if (activation === 'sigmoid') kl += (1 - t[c]!) * Math.log((1 - t[c]!) / (1 - s[c]!));
      g += Math.abs(t[c]! - s[c]!);
    }
    kls.push(kl);
    index.push(Math.min(Math.floor(g * bins), bins - 1));
  }
  const counts = Array.from({ length: bins }, (_, j) => index.filter((x) => x === j).length);
  return kls.reduce((total, kl, i) => total + kl / counts[index[i]!]!, 0) / bins;
}

onEveryBackend('losses', (backend) => {
  describe.each<[Activation, number, number]>([
    ['sigmoid', 1, 11],
    ['sigmoid', 5, 12],
    ['softmax', 2, 13],
    ['softmax', 6, 14],
  ])('%s, %i classes', (activation, classes, seed) => {
    test('the gradient is the finite difference of Eq 5 in float64', () => {
      const next = sequence(seed);
      const target = draw(next, 12 * classes, 3);
      const source = draw(next, 12 * classes, 3);
      tf.tidy(() => {
        const t = tf.tensor2d(target, [12, classes]);
        const out = tf.valueAndGrad((s) => weightedDivergence(t, s as tf.Tensor2D, { activation }))(
          tf.tensor2d(source, [12, classes]),
        );
        expectClose(out.value.dataSync(), [eq5(target, source, classes, activation)]);
        const h = 1e-5; // too small to cross the edge of a bin
        const differences = source.map((z, i) => {
          const at = (value: number): number =>
            eq5(
              target,
              source.map((z, j) => (j === i ? value : z)),
              classes,
              activation,
            );
          return (at(z + h) - at(z - h)) / (2 * h);
        });
        expectClose(out.grad.dataSync(), differences, { relative: 1e-4, absolute: 1e-6 });
      });
    });
  });

  test('a step against the gradient brings the student to the teacher, and leaves the teacher alone', () => {
    const next = sequence(5);
    const teacher = {
      logits: tf.tensor2d(draw(next, 60, 3), [20, 3]),
      deltas: tf.tensor2d(draw(next, 80, 1), [20, 4]),
    };
    const logits = tf.variable(tf.tensor2d(draw(next, 60, 3), [20, 3]));
    const deltas = tf.variable(tf.tensor2d(draw(next, 80, 1), [20, 4]));
    const optimizer = tf.train.sgd(2);
    const loss = (): tf.Scalar => {
      const l = selfDistillationLoss(teacher, { logits, deltas } as unknown as Predictions, { activation: 'sigmoid' });
      return tf.add(l.classification, l.regression);
    };
    const before = tf.tidy(() => loss().dataSync()[0]!);
    const start = teacher.logits.dataSync().slice();
    for (let i = 0; i < 300; i++) optimizer.minimize(loss);
    expect(tf.tidy(() => loss().dataSync()[0]!)).toBeLessThan(before / 20);
    expectClose(teacher.logits.dataSync(), start, { absolute: 0, relative: 0 });
    tf.dispose([logits, deltas, teacher.logits, teacher.deltas]);
    optimizer.dispose();
  });

  test('the target may share the source’s tape without getting a gradient', () => {
    tf.tidy(() => {
      const x = tf.tensor2d([0.3, -1, 2, 0.5], [2, 2]);
      const both = tf.grad((z) => weightedDivergence(tf.mul(z, 2), z as tf.Tensor2D, { activation: 'sigmoid' }))(x);
      const fixed = tf.mul(x, 2) as tf.Tensor2D;
      const alone = tf.grad((z) => weightedDivergence(fixed, z as tf.Tensor2D, { activation: 'sigmoid' }))(x);
      expectClose(both.dataSync(), alone.dataSync(), { absolute: 0, relative: 0 });
    });
  });

  test('nor do the teacher’s boxes get one', () => {
    tf.tidy(() => {
      const logits = tf.tensor2d([0.3, -1], [2, 1]);
      const x = tf.tensor2d([0.3, -1, 2, 0.5, 1, 2, 3, 4], [2, 4]);
      const loss = (teacher: tf.Tensor, student: tf.Tensor): tf.Scalar =>
        selfDistillationLoss(
          { logits, deltas: teacher as tf.Tensor2D },
          { logits, deltas: student as tf.Tensor2D },
          { activation: 'sigmoid' },
        ).regression;
      const both = tf.grad((z) => loss(tf.mul(z, 2), z))(x);
      const alone = tf.grad((z) => loss(tf.mul(x, 2), z))(x);
      expectClose(both.dataSync(), alone.dataSync(), { absolute: 0, relative: 0 });
    });
  });

  test('no rows: zero losses with zero gradients', () => {
    const empty = (): Predictions => ({ logits: tf.tensor2d([], [0, 3]), deltas: tf.tensor2d([], [0, 4]) });
    for (const weighting of [
      { kind: 'gradient-histogram' },
      { kind: 'uniform' },
      { kind: 'ohem', keep: 3 },
      { kind: 'focal' },
    ] as Weighting[]) {
      for (const kind of ['mean', 'objectness'] as const) {
        tf.tidy(() => {
          const options: ConsistencyOptions = { activation: 'softmax', weighting, regression: { kind } };
          const [a, b] = [empty(), empty()];
          for (const loss of [scaleConsistencyLoss(a, b, options), selfDistillationLoss(a, b, options)]) {
            expect([loss.classification.dataSync()[0], loss.regression.dataSync()[0]]).toEqual([0, 0]);
          }
          const w = tf.scalar(3); // as a detector's weight would be reached
          const [gradient] = tf.grads((z) => {
            const scaled = { logits: tf.mul(b.logits, z), deltas: tf.mul(b.deltas, z) } as Predictions;
            const loss = scaleConsistencyLoss(a, scaled, options);
            return tf.add(tf.add(loss.classification, loss.regression), tf.mul(z, 2));
          })([w]);
          expect(gradient!.dataSync()[0]).toBe(2);
        });
      }
    }
    tf.tidy(() => {
      const { counts, lengths } = gradientHistogram(empty().logits, empty().logits, { activation: 'softmax' });
      expect([...counts.dataSync()]).toEqual(new Array(10).fill(0));
      expect(lengths.shape).toEqual([0]);
    });
  });

  test('one bin is the plain mean', () => {
    const next = sequence(21);
    tf.tidy(() => {
      const [t, s] = [draw(next, 40, 3), draw(next, 40, 3)].map((x) => tf.tensor2d(x, [10, 4]));
      const of = (weighting: Weighting): number =>
        weightedDivergence(t!, s!, { activation: 'sigmoid', weighting }).dataSync()[0]!;
      expectClose([of({ kind: 'gradient-histogram', bins: 1 })], [of({ kind: 'uniform' })]);
    });
  });

  test('identical views cost nothing and have no gradient', () => {
    tf.tidy(() => {
      const p = {
        logits: tf.tensor2d([80, -80, 0, 20, 19, -3], [2, 3]),
        deltas: tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [2, 4]),
      };
      for (const activation of ['softmax', 'sigmoid'] as const) {
        const loss = scaleConsistencyLoss(p, p, { activation });
        expect([loss.classification.dataSync()[0], loss.regression.dataSync()[0]]).toEqual([0, 0]);
        const gradient = tf.grad((z) => weightedDivergence(p.logits, z as tf.Tensor2D, { activation }))(p.logits);
        expect([...gradient.dataSync()].every((g) => g === 0)).toBe(true);
      }
    });
  });

  test('a loss that is not finite says so, and is no crash', () => {
    tf.tidy(() => {
      const t = tf.tensor2d([NaN, 1, 0, 0], [2, 2]);
      const s = tf.tensor2d([1, 1, 0, 1], [2, 2]);
      const value = weightedDivergence(t, s, { activation: 'sigmoid' }).dataSync()[0]!;
      expect(Number.isNaN(value)).toBe(true);
    });
  });

  test('30,000 rows: the histogram counts every one', () => {
    const next = sequence(9);
    const [t, s] = [draw(next, 90_000, 6), draw(next, 90_000, 6)].map((x) => tf.tensor2d(x, [30_000, 3]));
    const out = expectNoLeak(() => gradientHistogram(t!, s!, { activation: 'sigmoid', bins: 7 }), 2);
    const lengths = out.lengths.dataSync();
    const counts = new Array<number>(7).fill(0);
    for (const g of lengths) counts[Math.min(Math.floor(Math.fround(g * 7)), 6)]! += 1;
    expect([...out.counts.dataSync()]).toEqual(counts);
    tf.dispose([t!, s!, out.counts, out.lengths]);
  });

  if (backend !== 'cpu') return;

  test('rows that do not pair: both shapes, and what to do', () => {
    tf.tidy(() => {
      const of = (rows: number, classes = 3, values = 4): Predictions => ({
        logits: tf.zeros([rows, classes]),
        deltas: tf.zeros([rows, values]),
      });
      expect(() => scaleConsistencyLoss(of(8), of(6), { activation: 'sigmoid' })).toThrow(
        /full\.logits \[8, 3\] and reduced\.logits \[6, 3\].*pad.*32·2\^S/s,
      );
      expect(() => selfDistillationLoss(of(8), of(8, 4), { activation: 'sigmoid' })).toThrow(
        /\[8, 3\].*\[8, 4\].*columns/,
      );
      expect(() =>
        selfDistillationLoss({ ...of(8), deltas: tf.zeros([7, 4]) }, of(8), { activation: 'sigmoid' }),
      ).toThrow(/teacher\.deltas \[7, 4\] and student\.deltas \[8, 4\]/);
      const short = { ...of(8), deltas: tf.zeros([7, 4]) as tf.Tensor2D };
      expect(() => selfDistillationLoss(short, short, { activation: 'sigmoid' })).toThrow(/one row an anchor/);
      const map = tf.zeros([1, 4, 4, 3]) as unknown as tf.Tensor2D;
      expect(() => weightedDivergence(map, map, { activation: 'sigmoid' })).toThrow(
        /target has shape \[1, 4, 4, 3\].*Reshape/,
      );
    });
  });

  test.each<[object, RegExp]>([
    [{ activation: 'tanh' }, /activation is 'tanh'/],
    [{ weighting: { kind: 'hard' } }, /weighting\.kind is hard/],
    [{ weighting: { kind: 'gradient-histogram', bins: 2.5 } }, /weighting\.bins is 2\.5/],
    [{ weighting: { kind: 'ohem', keep: 0 } }, /weighting\.keep is 0/],
    [{ weighting: { kind: 'ohem', keep: 1.5 } }, /weighting\.keep is 1\.5/],
    [{ weighting: { kind: 'focal', gamma: -1 } }, /weighting\.gamma is -1/],
    [{ regression: { kind: 'max' } }, /regression\.kind is 'max'/],
    [{ regressionDivisor: 0 }, /regressionDivisor is 0/],
    [{ activation: 'softmax', regression: { kind: 'objectness' } }, /softmax logits have 1 column/],
    [
      { activation: 'softmax', regression: { kind: 'class' } },
      /the box of each class, but there are 4 deltas a row for 0 classes/,
    ],
  ])('options %j are refused by name', (options, message) => {
    tf.tidy(() => {
      const p = { logits: tf.zeros([2, 1]), deltas: tf.zeros([2, 4]) } as unknown as Predictions;
      const all = { activation: 'sigmoid', ...options } as ConsistencyOptions;
      expect(() => scaleConsistencyLoss(p, p, all)).toThrow(message);
      expect(() => selfDistillationLoss(p, p, all)).toThrow(message);
    });
  });

  test('without gradients in tfjs: a sentence that says what to import', () => {
    const mean = getGradient('Mean');
    unregisterGradient('Mean');
    try {
      tf.tidy(() => {
        const z = tf.zeros([2, 2]) as tf.Tensor2D;
        expect(() => weightedDivergence(z, z, { activation: 'sigmoid' })).toThrow(
          /no gradients registered.*Import '@tensorflow\/tfjs'/,
        );
      });
    } finally {
      registerGradient(mean);
    }
  });
});

describe('pairPyramids', () => {
  test('level f of X goes with level f - s of its reduced copy', () => {
    expect(pairPyramids(['P3', 'P4', 'P5', 'P6', 'P7'], ['p3', 'p4', 'p5', 'p6', 'p7'], 1)).toEqual([
      ['P4', 'p3'],
      ['P5', 'p4'],
      ['P6', 'p5'],
      ['P7', 'p6'],
    ]);
    expect(pairPyramids([3, 4, 5], [3, 4, 5], 2)).toEqual([[5, 3]]);
    expect(pairPyramids([3, 4], [3, 4], 0)).toEqual([
      [3, 3],
      [4, 4],
    ]);
  });

  test('what cannot pair is refused', () => {
    expect(() => pairPyramids([3, 4, 5], [3, 4, 5], 3)).toThrow(/2\^3 has no level in common with a pyramid of 3/);
    expect(() => pairPyramids([3, 4, 5], [3, 4], 1)).toThrow(/3 and 2 levels/);
    expect(() => pairPyramids([3, 4], [3, 4], 0.5)).toThrow(/shift is 0\.5/);
  });
});
