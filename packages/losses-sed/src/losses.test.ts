/** What golden numbers do not show: finite differences, empty input, what learns, bad input, and pyramids. */
import * as tf from '@tensorflow/tfjs';
import { getGradient, registerGradient, unregisterGradient } from '@tensorflow/tfjs-core';
import { expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import {
  gradientContributions,
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
        const out = tf.valueAndGrad((s) => weightedDivergence(t, s, { activation }))(
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
      const l = selfDistillationLoss(teacher, { logits, deltas }, { activation: 'sigmoid' });
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
      const both = tf.grad((z) => weightedDivergence(tf.mul(z, 2), z, { activation: 'sigmoid' }))(x);
      const fixed = tf.mul<tf.Tensor2D>(x, 2);
      const alone = tf.grad((z) => weightedDivergence(fixed, z, { activation: 'sigmoid' }))(x);
      expectClose(both.dataSync(), alone.dataSync(), { absolute: 0, relative: 0 });
    });
  });

  test('nor do the teacher’s boxes get one', () => {
    tf.tidy(() => {
      const logits = tf.tensor2d([0.3, -1], [2, 1]);
      const x = tf.tensor2d([0.3, -1, 2, 0.5, 1, 2, 3, 4], [2, 4]);
      const loss = (teacher: tf.Tensor, student: tf.Tensor): tf.Scalar =>
        selfDistillationLoss({ logits, deltas: teacher }, { logits, deltas: student }, { activation: 'sigmoid' })
          .regression;
      const both = tf.grad((z) => loss(tf.mul(z, 2), z))(x);
      // of a function's own argument: inside of it this would be on the tape too
      const fixed = tf.mul(x, 2);
      const alone = tf.grad((z) => loss(fixed, z))(x);
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
      const lossWith = (weighting: Weighting): number =>
        weightedDivergence(t!, s!, { activation: 'sigmoid', weighting }).dataSync()[0]!;
      expectClose([lossWith({ kind: 'gradient-histogram', bins: 1 })], [lossWith({ kind: 'uniform' })]);
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
        const gradient = tf.grad((z) => weightedDivergence(p.logits, z, { activation }))(p.logits);
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
      const view = (rows: number, classes = 3, values = 4): Predictions => ({
        logits: tf.zeros([rows, classes]),
        deltas: tf.zeros([rows, values]),
      });
      expect(() => scaleConsistencyLoss(view(8), view(6), { activation: 'sigmoid' })).toThrow(
        /full\.logits \[8, 3\] and reduced\.logits \[6, 3\].*pad.*32·2\^S/s,
      );
      expect(() => selfDistillationLoss(view(8), view(8, 4), { activation: 'sigmoid' })).toThrow(
        /\[8, 3\].*\[8, 4\].*columns/,
      );
      expect(() =>
        selfDistillationLoss({ ...view(8), deltas: tf.zeros([7, 4]) }, view(8), { activation: 'sigmoid' }),
      ).toThrow(/teacher\.deltas \[7, 4\] and student\.deltas \[8, 4\]/);
      const short = { ...view(8), deltas: tf.zeros<tf.Rank.R2>([7, 4]) };
      expect(() => selfDistillationLoss(short, short, { activation: 'sigmoid' })).toThrow(/one row an anchor/);
      const map = tf.zeros([1, 4, 4, 3]);
      expect(() => weightedDivergence(map, map, { activation: 'sigmoid' })).toThrow(
        /^weightedDivergence: target has rank 4, shape \[1, 4, 4, 3\]; it must be of rank 2, rows .*joinLevels/,
      );
    });
  });

  test.each<[object, RegExp]>([
    [{ activation: 'tanh' }, /activation is 'tanh'/],
    [
      { weighting: { kind: 'hard' } },
      /weighting\.kind is 'hard'.*It must be 'gradient-histogram', 'uniform', 'ohem' or 'focal'/,
    ],
    [{ weighting: { kind: 'gradient-histogram', bins: 2.5 } }, /weighting\.bins is 2\.5/],
    [{ weighting: { kind: 'ohem', keep: 0 } }, /weighting\.keep is 0/],
    [{ weighting: { kind: 'ohem', keep: 1.5 } }, /weighting\.keep is 1\.5/],
    [{ weighting: { kind: 'focal', gamma: -1 } }, /weighting\.gamma is -1/],
    [{ weighting: { kind: 'ohem' } }, /options\.weighting\.keep is undefined; it must be a whole number of rows/],
    [{ weighting: { kind: 'focal', gamma: '2' } }, /options\.weighting\.gamma is '2'; it must be 0 or more/],
    [{ weighting: { kind: 'focal', gama: 2 } }, /options\.weighting\.gama is not an option; did you mean 'gamma'\?/],
    [{ weighting: { kind: 'ohem', keep: 1, bins: 5 } }, /options\.weighting\.bins is not an option.*'kind' and 'keep'/],
    [{ weighting: 'focal' }, /options\.weighting is 'focal'; it must be an object/],
    [{ weighing: { kind: 'uniform' } }, /options\.weighing is not an option; did you mean 'weighting'\?/],
    [{ regresion: { kind: 'mean' } }, /options\.regresion is not an option; did you mean 'regression'\?/],
    [{ regression: 'class' }, /options\.regression is 'class'; it must be an object/],
    [
      { regression: { kind: 'mean', weight: 2 } },
      /options\.regression\.weight is not an option; did you mean 'kind'\?/,
    ],
    [{ regression: { kind: 'clas' } }, /regression\.kind is 'clas'; did you mean 'class'\?/],
    [{ regressionDivisor: '2' }, /regressionDivisor is '2'; it must be a number above 0/],
    [{ regression: { kind: 'max' } }, /regression\.kind is 'max'/],
    [{ regressionDivisor: 0 }, /regressionDivisor is 0/],
    [{ activation: 'softmax', regression: { kind: 'objectness' } }, /softmax logits have 1 column/],
    [
      { activation: 'softmax', regression: { kind: 'class' } },
      /the box of each class, but there are 4 deltas a row for 0 classes/,
    ],
  ])('options %j are refused by name', (options, message) => {
    tf.tidy(() => {
      const p = { logits: tf.zeros([2, 1]), deltas: tf.zeros([2, 4]) };
      const all = { activation: 'sigmoid', ...options } as ConsistencyOptions;
      expect(() => scaleConsistencyLoss(p, p, all)).toThrow(message);
      expect(() => selfDistillationLoss(p, p, all)).toThrow(message);
    });
  });

  test('options of the other functions, and what is no options or predictions', () => {
    tf.tidy(() => {
      const [z, whole] = [tf.zeros([2, 3]), tf.zeros([2, 3], 'int32')];
      const view = { logits: z, deltas: tf.zeros([2, 4]) };
      const call =
        (f: (...args: never[]) => unknown, ...args: unknown[]) =>
        () =>
          f(...(args as never[]));
      const sigmoid = { activation: 'sigmoid' };
      const refused: [() => unknown, RegExp][] = [
        [call(weightedDivergence, z, z), /^weightedDivergence: options is undefined; it must be an object/],
        [
          call(weightedDivergence, z, z, {}),
          /^weightedDivergence: options\.activation is undefined.*'softmax' or 'sigmoid'/,
        ],
        [call(weightedDivergence, z, z, { ...sigmoid, regression: {} }), /options\.regression is not an option/],
        [call(weightedDivergence, z, [[1]], sigmoid), /^weightedDivergence: source is a list of 1, not a tensor/],
        [call(weightedDivergence, whole, z, sigmoid), /target \[2, 3\] is of int32; it must be of float32/],
        [
          call(scaleConsistencyLoss, view, z, sigmoid),
          /^scaleConsistencyLoss: reduced is a Tensor; it must be \{ logits, deltas \}/,
        ],
        [call(selfDistillationLoss, undefined, view, sigmoid), /^selfDistillationLoss: teacher is undefined/],
        [call(selfDistillationLoss, view, { ...view, deltas: null }, sigmoid), /student\.deltas is null, not a tensor/],
        [
          call(gradientHistogram, z, z, { ...sigmoid, bin: 4 }),
          /^gradientHistogram: options\.bin is not an option; did you mean 'bins'/,
        ],
        [
          call(gradientHistogram, z, z, { ...sigmoid, bins: '4' }),
          /options\.bins is '4'; it must be a whole number from 1/,
        ],
        [
          call(gradientContributions, z, z, { ...sigmoid, weights: 4 }),
          /^gradientContributions: options\.weights is not an option/,
        ],
      ];
      for (const [f, message] of refused) expect(f).toThrow(message);
      const gone = tf.zeros([2, 3]);
      gone.dispose();
      expect(call(weightedDivergence, gone, z, sigmoid)).toThrow(/target is disposed/);
    });
  });

  test('without gradients in tfjs: a sentence that says what to import', () => {
    const mean = getGradient('Mean');
    unregisterGradient('Mean');
    try {
      tf.tidy(() => {
        const z = tf.zeros<tf.Rank.R2>([2, 2]);
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
