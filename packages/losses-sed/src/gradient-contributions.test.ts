/** Fig 4: against tf's own gradient of the loss, row by row, and against sums by hand. */
import * as tf from '@tensorflow/tfjs';
import { expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import { gradientContributions, scaleConsistencyLoss, weightedDivergence } from './index.ts';
import type { Activation, Weighting } from './index.ts';

const ROWS = 40;

/** Deterministic logits: half of the rows nearly agree, the others do not. */
function logits(seed: number, classes: number): [number[], number[]] {
  let state = seed;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1;
  const target = Array.from({ length: ROWS * classes }, () => Math.fround(3 * next()));
  const source = target.map((z, i) => Math.fround(z + (i % (2 * classes) < classes ? 8 : 0.3) * next()));
  return [target, source];
}

/** Probabilities in float64. */
function rows(x: number[], classes: number, activation: Activation): number[][] {
  return Array.from({ length: ROWS }, (_, i) => {
    const row = x.slice(i * classes, (i + 1) * classes);
    if (activation === 'sigmoid') return row.map((z) => 1 / (1 + Math.exp(-z)));
    const exps = row.map((z) => Math.exp(z));
    return exps.map((e) => e / exps.reduce((a, b) => a + b));
  });
}

function binsByHand(target: number[], source: number[], classes: number, activation: Activation, bins: number) {
  const [t, s] = [rows(target, classes, activation), rows(source, classes, activation)];
  const lengths = s.map((row, i) => row.reduce((sum, p, c) => sum + Math.abs(p - t[i]![c]!), 0));
  return { lengths, index: lengths.map((g) => Math.min(bins - 1, Math.floor(g * bins))) };
}

const WEIGHTINGS: readonly Weighting[] = [
  { kind: 'uniform' },
  { kind: 'gradient-histogram', bins: 7 },
  { kind: 'focal' },
  { kind: 'ohem', keep: 5 },
];

onEveryBackend('gradientContributions', () => {
  describe.each<[Activation, number, number]>([
    ['sigmoid', 1, 3],
    ['sigmoid', 4, 4],
    ['softmax', 5, 5],
  ])('%s, %i classes', (activation, classes, seed) => {
    const [target, source] = logits(seed, classes);

    test.each(WEIGHTINGS)('$kind: a bin has the L1 length of its rows of the gradient of the loss', (weighting) => {
      const bins = 7;
      const { index } = binsByHand(target, source, classes, activation, bins);
      tf.tidy(() => {
        const [t, s] = [tf.tensor2d(target, [ROWS, classes]), tf.tensor2d(source, [ROWS, classes])];
        const gradient = tf.grad((x) => weightedDivergence(t, x, { activation, weighting }))(s);
        const perRow = tf.sum(tf.abs(gradient), 1).dataSync();
        const wanted = new Array<number>(bins).fill(0);
        perRow.forEach((length, i) => (wanted[index[i]!]! += length));
        const { counts, contributions } = gradientContributions(t, s, { activation, weighting, bins });
        expectClose(contributions.dataSync(), wanted, { absolute: 1e-6 });
        expect([...counts.dataSync()]).toEqual(
          Array.from({ length: bins }, (_, j) => index.filter((k) => k === j).length),
        );
      });
    });

    test('uniform is Σ g / N, Eq 5 the mean length of a bin over M', () => {
      const bins = 10;
      const { lengths, index } = binsByHand(target, source, classes, activation, bins);
      const inBin = Array.from({ length: bins }, (_, j) => lengths.filter((_, i) => index[i] === j));
      const sums = inBin.map((of) => of.reduce((a, b) => a + b, 0));
      expect(new Set(index).size).toBeGreaterThan(4); // else the test would be about few bins
      tf.tidy(() => {
        const [t, s] = [tf.tensor2d(target, [ROWS, classes]), tf.tensor2d(source, [ROWS, classes])];
        const uniform = gradientContributions(t, s, { activation, weighting: { kind: 'uniform' } });
        expectClose(
          uniform.contributions.dataSync(),
          sums.map((sum) => sum / ROWS),
          { absolute: 1e-6 },
        );
        const reweighted = gradientContributions(t, s, { activation });
        expectClose(
          reweighted.contributions.dataSync(),
          sums.map((sum, j) => sum / bins / Math.max(1, inBin[j]!.length)),
          { absolute: 1e-6 },
        );
      });
    });

    test('scale consistency: each view gets the same gradient', () => {
      tf.tidy(() => {
        const deltas = tf.zeros<tf.Rank.R2>([ROWS, 4]);
        const [a, b] = [tf.tensor2d(target, [ROWS, classes]), tf.tensor2d(source, [ROWS, classes])];
        const loss = (x: tf.Tensor, y: tf.Tensor) =>
          scaleConsistencyLoss({ logits: x, deltas }, { logits: y, deltas }, { activation }).classification;
        const [ofA, ofB] = tf.grads(loss)([a, b]) as [tf.Tensor, tf.Tensor];
        const total = tf.sum(gradientContributions(a, b, { activation }).contributions).dataSync();
        expectClose(tf.sum(tf.abs(ofA)).dataSync(), total, { absolute: 1e-5 });
        expectClose(tf.sum(tf.abs(ofB)).dataSync(), total, { absolute: 1e-5 });
      });
    });
  });

  test('no rows, no leak, bad options', () => {
    const none = tf.zeros<tf.Rank.R2>([0, 3]);
    const some = tf.ones<tf.Rank.R2>([6, 3]);
    const empty = gradientContributions(none, none, { activation: 'sigmoid', bins: 4 });
    expect([...empty.counts.dataSync(), ...empty.contributions.dataSync()]).toEqual(new Array(8).fill(0));
    for (const weighting of WEIGHTINGS) {
      for (const activation of ['softmax', 'sigmoid'] as const) {
        tf.dispose(expectNoLeak(() => gradientContributions(some, some, { activation, weighting }), 2));
      }
    }
    const { counts, contributions } = gradientContributions(some, some, { activation: 'softmax' });
    expect(counts.dataSync()[0]).toBe(6);
    expect(tf.sum(contributions).dataSync()[0]).toBe(0);
    expect(() => gradientContributions(some, some, { activation: 'softmax', bins: 0 })).toThrow(/options\.bins is 0/);
    expect(() => gradientContributions(some, none, { activation: 'softmax' })).toThrow(/different numbers of rows/);
    tf.dispose([none, some, counts, contributions, empty.counts, empty.contributions]);
  });
});
