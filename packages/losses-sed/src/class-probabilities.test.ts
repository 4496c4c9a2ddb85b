import * as tf from '@tensorflow/tfjs';
import { expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import { highestClassProbability } from './index.ts';
import type { Activation } from './index.ts';

const LOGITS = [
  [2, -1, 0.5, 3],
  [-4, -5, -6, 9],
  [60, 59, -70, -80],
  [-90, -80, -100, -85],
];

/** In float64; of a softmax the last class is the background. */
function highest(row: readonly number[], activation: Activation): number {
  if (activation === 'sigmoid') return Math.max(...row.map((z) => 1 / (1 + Math.exp(-z))));
  const top = Math.max(...row);
  const exps = row.map((z) => Math.exp(z - top));
  return Math.max(...exps.slice(0, -1)) / exps.reduce((a, b) => a + b);
}

onEveryBackend('highestClassProbability', () => {
  test.each(['softmax', 'sigmoid'] as const)('%s: as in float64', (activation) => {
    const logits = tf.tensor2d(LOGITS);
    const scores = expectNoLeak(() => highestClassProbability(logits, activation));
    expect(scores.shape).toEqual([LOGITS.length]);
    expectClose(
      scores.dataSync(),
      LOGITS.map((row) => highest(row, activation)),
      { relative: 2e-5, absolute: 1e-12 },
    );
    tf.dispose([logits, scores]);
  });

  test('the background alone is no class; one class of a sigmoid is', () => {
    tf.tidy(() => {
      const one = tf.tensor2d([[0], [2]]);
      expectClose(highestClassProbability(one, 'sigmoid').dataSync(), [0.5, 0.880797]);
      expect(() => highestClassProbability(one, 'softmax')).toThrow(
        /^highestClassProbability: objectness is .* softmax logits have 1 column\. Give logits \[N, C \+ 1\]/,
      );
      expect(highestClassProbability(tf.zeros([0, 3]), 'softmax').shape).toEqual([0]);
    });
  });

  test('the gradient is that of the probability', () => {
    tf.tidy(() => {
      const row = [0.3, 1.2, -0.4];
      const gradient = tf.grad((z) => tf.sum(highestClassProbability(z, 'softmax')))(tf.tensor2d([row]));
      const h = 1e-6;
      const differences = row.map((_, i) => {
        const at = (by: number) => highest(row.map((z, j) => (j === i ? z + by : z)), 'softmax'); // prettier-ignore
        return (at(h) - at(-h)) / (2 * h);
      });
      expectClose(gradient.dataSync(), differences, { absolute: 1e-5 });
    });
  });

  test('what is no rows of logits', () => {
    tf.tidy(() => {
      expect(() => highestClassProbability(tf.zeros([1, 2, 3]), 'softmax')).toThrow(
        /^highestClassProbability: logits has rank 3, shape \[1, 2, 3\]; it must be of rank 2/,
      );
      expect(() => highestClassProbability(tf.zeros([2, 3]), 'sigmiod' as Activation)).toThrow(
        /activation is 'sigmiod'; did you mean 'sigmoid'\?/,
      );
    });
  });
});
