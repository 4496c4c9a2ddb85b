import type { PredictionPair } from '@sed/detectors';
import { expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import * as tf from '@tensorflow/tfjs-core';
import { measuresOf } from './measures.ts';

const detector = {
  pairs: [
    { name: 'rpn', activation: 'sigmoid', classified: false },
    { name: 'roi', activation: 'softmax', classified: true },
  ],
} as const;
const config = { weighting: { kind: 'gradient-histogram', bins: 4 } } as const;

const rows = (logits: readonly number[][]) => ({
  logits: tf.tensor2d(logits.flat(), [logits.length, logits[0]!.length]),
  deltas: tf.zeros<tf.Rank.R2>([logits.length, 4]),
});
const pairOf = (name: 'rpn' | 'roi', a: number[][], b: number[][] = a, leftOut?: number): PredictionPair => ({
  name,
  activation: name === 'roi' ? 'softmax' : 'sigmoid',
  a: rows(a),
  b: rows(b),
  ...(leftOut === undefined ? {} : { leftOut }),
});
const log = (...probabilities: number[]) => probabilities.map(Math.log);
/** Every row is background, the last of three classes, before all else. */
const BACKGROUND = [log(0.2, 0.1, 0.7), log(0.05, 0.3, 0.65), log(0.01, 0.01, 0.98)];

onEveryBackend('measures of distillation', () => {
  const scoreOf = (pairs: PredictionPair[]): number => {
    const { teacherMaxScore } = measuresOf(pairs, detector, config, false);
    expect(teacherMaxScore!.over).toBe('max');
    return teacherMaxScore!.value.dataSync()[0]!;
  };

  test('the teacher’s best score is that of a class, also where the background is surer', () => {
    tf.tidy(() => expectClose([scoreOf([pairOf('roi', BACKGROUND)])], [0.3]));
  });

  test('proposals have no class: they count only where nothing else does', () => {
    tf.tidy(() => {
      const proposals = pairOf('rpn', [[2], [-1]]);
      expectClose([scoreOf([proposals, pairOf('roi', BACKGROUND)])], [0.3]);
      expectClose([scoreOf([proposals])], [1 / (1 + Math.exp(-2))]);
      const none: PredictionPair = {
        ...pairOf('roi', BACKGROUND),
        a: { logits: tf.zeros([0, 3]), deltas: tf.zeros([0, 4]) },
      };
      expect(scoreOf([none])).toBe(0);
    });
  });

  test('rows without a counterpart are counted with all of the student’s, the histogram over all pairs', () => {
    tf.tidy(() => {
      const pairs = [pairOf('rpn', [[0], [0], [9]], [[0], [0], [-9]], 2), pairOf('roi', BACKGROUND)];
      const { leftOut, histogram } = measuresOf(pairs, detector, config, true);
      expect([[...leftOut!.value.dataSync()], leftOut!.over, leftOut!.names]).toEqual([[2, 8], 'sum', ['rows', 'of']]);
      expect([[...histogram!.value.dataSync()], histogram!.over]).toEqual([[5, 0, 0, 1], 'sum']);
      expect(Object.keys(measuresOf([pairOf('roi', BACKGROUND)], detector, config, false))).toEqual([
        'teacherMaxScore',
      ]);
    });
  });

  test('nothing is left behind but what is measured', () => {
    const pairs = [pairOf('roi', BACKGROUND, BACKGROUND, 1)];
    const values = expectNoLeak(
      () => tf.tidy(() => Object.values(measuresOf(pairs, detector, config, true)).map(({ value }) => value)),
      3,
    );
    tf.dispose([values, pairs.map(({ a, b }) => [a.logits, a.deltas, b.logits, b.deltas])] as tf.TensorContainer);
  });
});
