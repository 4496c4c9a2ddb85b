/**
 * What compiles and what must not; each `@ts-expect-error` is checked by the compiler, and the call fails at run time
 * as well.
 */
import * as tf from '@tensorflow/tfjs';
import { onEveryBackend } from '@sed/testing';
import {
  gradientContributions,
  gradientHistogram,
  highestClassProbability,
  joinLevels,
  matchQueries,
  pairPyramids,
  pairQueries,
  scaleConsistencyLoss,
  selfDistillationLoss,
  weightedDivergence,
} from './index.ts';
import type { ConsistencyLoss, ConsistencyOptions, Predictions, QueryPredictions, Weighting } from './index.ts';

onEveryBackend('types of the losses', () => {
  test('tensors of any type go in, scalars and rows come out, and tf.tidy and tf.dispose take them', () => {
    const logits: tf.Tensor = tf.zeros([4, 3]); // as tf.layers and tf.grad give them
    const view: Predictions = { logits, deltas: tf.zeros<tf.Rank.R2>([4, 4]) };
    const options: ConsistencyOptions = { activation: 'softmax' };
    const distillation: ConsistencyLoss = tf.tidy(() => selfDistillationLoss(view, view, options));
    const { classification, regression }: ConsistencyLoss = scaleConsistencyLoss(view, view, options);
    const total: tf.Scalar = tf.tidy(() => tf.add(classification, regression));
    const divergence: tf.Scalar = weightedDivergence(logits, logits, { activation: 'sigmoid' });
    const histogram: { counts: tf.Tensor1D; lengths: tf.Tensor1D } = gradientHistogram(logits, logits, options);
    const contributions: { counts: tf.Tensor1D; contributions: tf.Tensor1D } = gradientContributions(
      logits,
      logits,
      options,
    );
    const scores: tf.Tensor1D = highestClassProbability(logits, 'softmax');
    const joined: Predictions<tf.Tensor2D> = joinLevels([view, view]);
    const levels: [Predictions, Predictions][] = pairPyramids([view, view], [view, joined], 1);
    const queries: QueryPredictions = { logits: tf.zeros([1, 2, 3]), boxes: tf.ones([1, 2, 4]) };
    const pairs: { a: Predictions<tf.Tensor2D> } = pairQueries(
      queries,
      queries,
      matchQueries(queries, queries, options),
    );
    expect([total, divergence, scores].map(({ shape }) => shape)).toEqual([[], [], [4]]);
    expect([joined.logits.shape, levels.length, pairs.a.deltas.shape]).toEqual([[8, 3], 1, [2, 4]]);
    tf.dispose([view, distillation, classification, regression, total, divergence, histogram, contributions]);
    tf.dispose([scores, joined, queries, pairs]);
  });

  test('misuse does not compile, and is refused without a compiler', () => {
    tf.tidy(() => {
      const z = tf.zeros([4, 3]);
      const view = { logits: z, deltas: tf.zeros([4, 4]) };
      // @ts-expect-error the activation is missing
      expect(() => weightedDivergence(z, z, {})).toThrow(/options\.activation is undefined/);
      // @ts-expect-error no such activation
      expect(() => weightedDivergence(z, z, { activation: 'tanh' })).toThrow(/'tanh'/);
      // @ts-expect-error an option of other losses
      expect(() => weightedDivergence(z, z, { activation: 'softmax', regression: { kind: 'mean' } })).toThrow(
        /regression/,
      );
      // @ts-expect-error values that are no tensor
      expect(() => weightedDivergence([[1, 2]], z, { activation: 'softmax' })).toThrow(/not a tensor/);
      // @ts-expect-error predictions without deltas
      expect(() => selfDistillationLoss({ logits: z }, view, { activation: 'softmax' })).toThrow(
        /teacher is \{ logits \}/,
      );
      // @ts-expect-error a name that is none
      expect(() => scaleConsistencyLoss(view, view, { activation: 'softmax', weigting: {} })).toThrow(/'weighting'/);
      // @ts-expect-error OHEM needs to know how many
      const ohem: Weighting = { kind: 'ohem' };
      expect(() => scaleConsistencyLoss(view, view, { activation: 'softmax', weighting: ohem })).toThrow(/keep/);
      // @ts-expect-error a field of another kind
      const focal: Weighting = { kind: 'focal', bins: 5 };
      expect(() => scaleConsistencyLoss(view, view, { activation: 'softmax', weighting: focal })).toThrow(/bins/);
      // @ts-expect-error one view and no list
      expect(() => joinLevels(view)).toThrow(/give a list/);
      // @ts-expect-error no such option
      expect(() => joinLevels([view], { anchor: 9 })).toThrow(/'anchors'/);
      // @ts-expect-error the activation is missing
      expect(() => highestClassProbability(z)).toThrow(/activation is undefined/);
      // @ts-expect-error boxes are called so here, not deltas
      expect(() => matchQueries(view, view, { activation: 'softmax' })).toThrow(/a\.logits has rank 2/);
      // @ts-expect-error a pyramid is a list
      expect(() => pairPyramids(view, view, 1)).toThrow(/full is \{ logits, deltas \}; it must be the list/);
    });
  });
});
