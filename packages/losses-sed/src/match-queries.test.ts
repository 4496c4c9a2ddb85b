/** Algorithm 1 of A.1 against PyTorch and scipy (tools/golden/losses.py), and the rows it gives to the losses. */
import * as tf from '@tensorflow/tfjs';
import { expectClose, expectNoLeak, fakeWebgpu, onEveryBackend } from '@sed/testing';
import { readFileSync } from 'node:fs';
import { matchQueries, pairQueries, scaleConsistencyLoss } from './index.ts';
import type { Activation, MatchOptions, QueryPredictions } from './index.ts';

interface Case {
  activation: Activation;
  batch: number;
  queries: number;
  classes: number;
  classWeight: number;
  iouWeight: number;
  matches: number[][];
  aLogits: number[];
  bLogits: number[];
  aBoxes: number[];
  bBoxes: number[];
}
const cases = JSON.parse(readFileSync(new URL('./fixtures/matching.json', import.meta.url), 'utf8')) as Case[];

type Queries = QueryPredictions<tf.Tensor3D>;
const predictions = (c: Case): [Queries, Queries] => [
  {
    logits: tf.tensor3d(c.aLogits, [c.batch, c.queries, c.classes]),
    boxes: tf.tensor3d(c.aBoxes, [c.batch, c.queries, 4]),
  },
  {
    logits: tf.tensor3d(c.bLogits, [c.batch, c.queries, c.classes]),
    boxes: tf.tensor3d(c.bBoxes, [c.batch, c.queries, 4]),
  },
];

const optionsOf = ({ activation, classWeight, iouWeight }: Case) => ({ activation, classWeight, iouWeight });

onEveryBackend('matchQueries', () => {
  test.each(cases)('$activation, $batch images, $queries queries: the pairs of scipy', (c) => {
    tf.tidy(() => {
      const [a, b] = predictions(c);
      const matches = expectNoLeak(() => matchQueries(a, b, optionsOf(c)), 0);
      expect(matches.map((m) => [...m.b])).toEqual(c.matches);
      for (const m of matches) expect([...m.a]).toEqual([...m.a.keys()]);
      expect(c.matches[0]).not.toEqual([...c.matches[0]!.keys()]); // or the test would not tell
    });
  });

  test('finds a permutation, which pairQueries undoes', () => {
    tf.tidy(() => {
      const [a] = predictions(cases[1]!);
      const order = Array.from({ length: a.logits.shape[1] }, (_, i) => (7 * i + 3) % a.logits.shape[1]); // 7 and 30 share no factor
      const shuffled = { logits: tf.gather(a.logits, order, 1), boxes: tf.gather(a.boxes, order, 1) };
      const matches = matchQueries(a, shuffled, { activation: 'softmax' });
      expect([...matches[0]!.b].map((j) => order[j])).toEqual([...order.keys()]);
      const pair = expectNoLeak(() => pairQueries(a, shuffled, matches), 4);
      expectClose(pair.b.logits.dataSync(), pair.a.logits.dataSync(), { absolute: 0, relative: 0 });
      const loss = scaleConsistencyLoss(pair.a, pair.b, { activation: 'softmax' });
      expectClose([loss.classification.dataSync()[0]!, loss.regression.dataSync()[0]!], [0, 0], { absolute: 1e-9 });
    });
  });

  test('gradients reach the matched queries of both views, and no others', () => {
    tf.tidy(() => {
      const a = {
        logits: tf.tensor3d([0, 2, 1, -1], [1, 2, 2]),
        boxes: tf.tensor3d([0.2, 0.2, 0.1, 0.1, 0.8, 0.8, 0.2, 0.2], [1, 2, 4]),
      };
      const b = { logits: tf.tensor3d([0.5, 1], [1, 1, 2]), boxes: tf.tensor3d([0.8, 0.7, 0.2, 0.2], [1, 1, 4]) };
      const matches = matchQueries(a, b, { activation: 'softmax' });
      expect(matches.map((m) => [[...m.a], [...m.b]])).toEqual([[[1], [0]]]);
      const [da, db] = tf.grads((x, y) => {
        const pair = pairQueries({ ...a, boxes: x }, { ...b, boxes: y }, matches);
        return scaleConsistencyLoss(pair.a, pair.b, { activation: 'softmax' }).regression;
      })([a.boxes, b.boxes]);
      expectClose(da!.dataSync(), [0, 0, 0, 0, 0, 0.2, 0, 0]);
      expectClose(db!.dataSync(), [0, -0.2, 0, 0]);
    });
  });

  test('wrong shapes and weights are named', () => {
    tf.tidy(() => {
      const [a, b] = predictions(cases[0]!);
      const flat = { ...a, logits: tf.zeros([24, 5]) };
      expect(() => matchQueries(flat, b, { activation: 'softmax' })).toThrow(
        /^matchQueries: a\.logits has rank 2, shape \[24, 5\]; it must be of rank 3, logits \[B, Q, C\]/,
      );
      expect(() => matchQueries(a, { ...b, boxes: tf.zeros([2, 12, 5]) }, { activation: 'softmax' })).toThrow(
        /b\.boxes is \[2, 12, 5\]; it must be \[B, Q, 4\]/,
      );
      expect(() => matchQueries(a, { ...b, boxes: tf.zeros([2, 3, 4]) }, { activation: 'softmax' })).toThrow(
        /b\.logits \[2, 12, 5\] and b\.boxes \[2, 3, 4\]/,
      );
      expect(() => matchQueries(a, b, { activation: 'softmax', iouWeight: -1 })).toThrow(/options\.iouWeight is -1/);
      expect(() => matchQueries(a, b, { activation: 'relu' as Activation })).toThrow(/'relu'/);
      const misspelt = { activation: 'softmax', iouweight: 2 } as MatchOptions;
      expect(() => matchQueries(a, b, misspelt)).toThrow(
        /options\.iouweight is not an option; did you mean 'iouWeight'/,
      );
      expect(() => pairQueries(a, b, [])).toThrow(/0 images/);
      expect(() => pairQueries(flat, b, [])).toThrow(/^pairQueries: a\.logits has rank 2/);
      expect(() => pairQueries(a, b, { a: [], b: [] } as never)).toThrow(/^pairQueries: matches is \{ a, b \}/);
    });
  });
});

test('on WebGPU, which cannot be read at once, matching is refused', async () => {
  const back = await fakeWebgpu();
  try {
    const view = { logits: tf.zeros<tf.Rank.R3>([1, 2, 2]), boxes: tf.ones<tf.Rank.R3>([1, 2, 4]) };
    expect(() => matchQueries(view, view, { activation: 'softmax' })).toThrow(/^matchQueries reads .* webgpu/);
    tf.dispose(view);
  } finally {
    await back();
  }
});
