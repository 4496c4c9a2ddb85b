/** Values, gradients and histograms against tools/golden/losses.py, which calls the equations in PyTorch in float64. */
import * as tf from '@tensorflow/tfjs';
import { expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import { readFileSync } from 'node:fs';
import { gradientHistogram, scaleConsistencyLoss, selfDistillationLoss, weightedDivergence } from './index.ts';
import type { Activation, Weighting } from './index.ts';

interface Case {
  name: string;
  activation: Activation;
  rows: number;
  classes: number;
  values: number;
  target: number[];
  source: number[];
  targetDeltas: number[];
  sourceDeltas: number[];
  lengths: number[];
  counts: number[];
  weightings: {
    weighting: Weighting;
    value: number;
    gradient: number[];
    bothValue: number;
    bothGradients: [number[], number[]];
  }[];
  regression: Record<
    'mean' | 'objectness' | 'class',
    { distillation: number; distillationGradient: number[]; scale: number; scaleGradients: [number[], number[]] }
  >;
  reference?: { scale: [number, number]; distillation: [number, number] };
}

const cases = JSON.parse(readFileSync(new URL('./fixtures/losses.json', import.meta.url), 'utf8')) as Case[];
const tolerance = { relative: 1e-5, absolute: 1e-6 };
// the sum of terms as large as the logits: float32 rounds each, so what counts is the error against the largest
const close = (actual: ArrayLike<number>, expected: number[]): void =>
  expectClose(actual, expected, { relative: 1e-5, absolute: 1e-6 + 2e-7 * Math.max(...expected.map(Math.abs)) });

const predictions = (c: Case): [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D] => [
  tf.tensor2d(c.target, [c.rows, c.classes]),
  tf.tensor2d(c.source, [c.rows, c.classes]),
  tf.tensor2d(c.targetDeltas, [c.rows, c.values]),
  tf.tensor2d(c.sourceDeltas, [c.rows, c.values]),
];

onEveryBackend('against sed_reference.py', () => {
  test('the fixtures hold what the tests are about', () => {
    expect(cases.some((c) => c.lengths.some((g) => g > 1))).toBe(true);
    expect(cases.some((c) => [...c.target, ...c.source].some((z) => Math.abs(z) > 80))).toBe(true);
    expect(new Set(cases.map((c) => c.activation)).size).toBe(2);
    // boxes weighed by class: several classes of a softmax, one class
    expect(cases.filter((c) => c.regression.class).map((c) => [c.activation, c.values])).toEqual(
      expect.arrayContaining([
        ['softmax', 12],
        ['sigmoid', 4],
      ]),
    );
  });

  describe.each(cases)('$activation, $name', (c) => {
    test('the histogram of Eq 5', () => {
      tf.tidy(() => {
        const [target, source] = predictions(c);
        const { counts, lengths } = gradientHistogram(target, source, { activation: c.activation });
        close(lengths.dataSync(), c.lengths);
        expect([...counts.dataSync()]).toEqual(c.counts);
      });
    });

    test.each(c.weightings)('weightedDivergence, $weighting', ({ weighting, value, gradient }) => {
      tf.tidy(() => {
        const [target, source] = predictions(c);
        const loss = tf.valueAndGrad((s) => weightedDivergence(target, s, { activation: c.activation, weighting }));
        const out = loss(source);
        expectClose(out.value.dataSync(), [value], tolerance);
        close(out.grad.dataSync(), gradient);
      });
    });

    test.each(c.weightings)(
      'scaleConsistencyLoss, classification, $weighting',
      ({ weighting, bothValue, bothGradients }) => {
        tf.tidy(() => {
          const [target, source, a, b] = predictions(c);
          const loss = tf.valueAndGrads(
            (t, s) =>
              scaleConsistencyLoss(
                { logits: t, deltas: a },
                { logits: s, deltas: b },
                { activation: c.activation, weighting },
              ).classification,
          );
          const out = loss([target, source]);
          expectClose(out.value.dataSync(), [bothValue], tolerance);
          close(out.grads[0]!.dataSync(), bothGradients[0]);
          close(out.grads[1]!.dataSync(), bothGradients[1]);
        });
      },
    );

    test.each(Object.keys(c.regression) as ('mean' | 'objectness' | 'class')[])('regression, %s', (kind) => {
      const golden = c.regression[kind];
      const options = { activation: c.activation, regression: { kind } };
      tf.tidy(() => {
        const [target, source, a, b] = predictions(c);
        const distillation = tf.valueAndGrad(
          (d) => selfDistillationLoss({ logits: target, deltas: a }, { logits: source, deltas: d }, options).regression,
        )(b);
        expectClose(distillation.value.dataSync(), [golden.distillation], tolerance);
        close(distillation.grad.dataSync(), golden.distillationGradient);
        const scale = tf.valueAndGrads(
          (x, y) =>
            scaleConsistencyLoss({ logits: target, deltas: x }, { logits: source, deltas: y }, options).regression,
        )([a, b]);
        expectClose(scale.value.dataSync(), [golden.scale], tolerance);
        close(scale.grads[0]!.dataSync(), golden.scaleGradients[0]);
        close(scale.grads[1]!.dataSync(), golden.scaleGradients[1]);
      });
    });
  });

  test('the defaults are the functions of sed_reference.py as they stand', () => {
    const whole = cases.filter((c) => c.reference !== undefined);
    expect(whole.length).toBeGreaterThan(5);
    for (const c of whole) {
      tf.tidy(() => {
        const [target, source, a, b] = predictions(c);
        const [t, s] = [
          { logits: target, deltas: a },
          { logits: source, deltas: b },
        ];
        const options = { activation: c.activation };
        for (const [name, loss] of Object.entries({
          scale: scaleConsistencyLoss(t, s, options),
          distillation: selfDistillationLoss(t, s, options),
        })) {
          const golden = c.reference![name as 'scale' | 'distillation'];
          expectClose([loss.classification.dataSync()[0]!, loss.regression.dataSync()[0]!], golden, tolerance);
        }
      });
    }
  });

  test('no tensor is left behind, with and without gradients', () => {
    const some = [...cases.slice(0, 2), cases.find((c) => c.activation === 'softmax' && c.regression.class)!];
    for (const c of some) {
      const [target, source, a, b] = predictions(c);
      const [t, s] = [
        { logits: target, deltas: a },
        { logits: source, deltas: b },
      ];
      for (const { weighting } of c.weightings) {
        for (const kind of Object.keys(c.regression) as ('mean' | 'objectness' | 'class')[]) {
          const options = { activation: c.activation, weighting, regression: { kind } };
          tf.dispose(expectNoLeak(() => weightedDivergence(target, source, { activation: c.activation, weighting })));
          tf.dispose(expectNoLeak(() => scaleConsistencyLoss(t, s, options), 2));
          tf.dispose(expectNoLeak(() => selfDistillationLoss(t, s, options), 2));
          const grads = tf.grads((x, y) => {
            const scale = scaleConsistencyLoss({ logits: target, deltas: x }, { logits: y, deltas: b }, options);
            const distill = selfDistillationLoss(t, { logits: y, deltas: x }, options);
            return tf.addN([scale.classification, scale.regression, distill.classification, distill.regression]);
          });
          tf.dispose(expectNoLeak(() => grads([a, source]), 2));
        }
      }
      tf.dispose(expectNoLeak(() => gradientHistogram(target, source, { activation: c.activation }), 2));
      tf.dispose([target, source, a, b]);
    }
  });
});
