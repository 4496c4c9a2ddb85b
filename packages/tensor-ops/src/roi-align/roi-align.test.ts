/** Against torchvision's roi_align and MultiScaleRoIAlign, autograd included (tools/golden/roi_align.py). */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import { roiAlign } from './roi-align.ts';

interface Golden {
  shape: [number, number, number, number];
  outputSize: [number, number];
  scale: number;
  features: number[];
  boxes: number[];
  images: number[];
  dy: number[];
  cases: { aligned: boolean; samplingRatio: number; values: number[]; gradient: number[] }[];
  pyramid: {
    features: number[][];
    sizes: [number, number][];
    boxes: number[];
    levels: number[];
    values: number[];
    dy: number[];
    gradients: number[][];
  };
}
const golden = JSON.parse(readFileSync(new URL('../fixtures/roi-align.json', import.meta.url), 'utf8')) as Golden;

const regions = { boxes: Float32Array.from(golden.boxes), images: Int32Array.from(golden.images) };

onEveryBackend('roiAlign', () => {
  test.each(golden.cases)(
    'values and gradient are torchvision’s: aligned $aligned, samplingRatio $samplingRatio',
    ({ aligned, samplingRatio, values, gradient }) => {
      const { shape, outputSize, scale } = golden;
      const x = tf.tensor4d(golden.features, shape);
      const dy = tf.tensor4d(golden.dy, [regions.images.length, ...outputSize, shape[3]]);
      const options = { scales: [scale], outputSize, samplingRatio, aligned };
      const y = expectNoLeak(() => roiAlign(x, regions, options));
      expect(y.shape).toEqual(dy.shape);
      // torchvision sums the samples of a bin in another order; positions are float32 in both
      expectClose(y.dataSync(), values, { relative: 2e-5, absolute: 5e-6 });
      const dx = expectNoLeak(() => tf.grad((t: tf.Tensor) => roiAlign(t as tf.Tensor4D, regions, options))(x, dy));
      expectClose(dx.dataSync(), gradient, { relative: 2e-5, absolute: 2e-5 });
      tf.dispose([x, dy, y, dx]);
    },
  );

  test('a pyramid: each region from its level, rows in order, gradients to all levels', () => {
    const { features, sizes, boxes, values, dy, gradients } = golden.pyramid;
    const levels = features.map((f, i) => tf.tensor4d(f, [1, ...sizes[i]!, 1]));
    const all = { boxes: Float32Array.from(boxes), images: new Int32Array(boxes.length / 4) };
    const chosen = Int32Array.from(golden.pyramid.levels);
    expect(new Set(chosen).size).toBe(4);
    const options = { scales: [1 / 4, 1 / 8, 1 / 16, 1 / 32], outputSize: [2, 2], samplingRatio: 2 } as const;
    const pool = (...xs: tf.Tensor[]): tf.Tensor4D => roiAlign(xs as tf.Tensor4D[], all, options, chosen);
    const y = expectNoLeak(() => pool(...levels));
    expectClose(y.dataSync(), values, { relative: 2e-5, absolute: 5e-6 });
    const upstream = tf.tensor4d(dy, y.shape);
    const found = expectNoLeak(() => tf.grads(pool)(levels, upstream), 4);
    found.forEach((g, i) => expectClose(g.dataSync(), gradients[i]!, { relative: 2e-5, absolute: 2e-5 }));
    tf.dispose([...levels, ...found, y, upstream]);
  });

  test('no region: an empty result with zero gradients', () => {
    const x = tf.ones<tf.Rank.R4>([1, 2, 2, 3]);
    const none = { boxes: new Float32Array(0), images: new Int32Array(0) };
    const { value, grad } = expectNoLeak(
      () => tf.valueAndGrad((t: tf.Tensor) => roiAlign(t as tf.Tensor4D, none))(x, tf.zeros([0, 7, 7, 3])),
      3,
    );
    expect(value.shape).toEqual([0, 7, 7, 3]);
    expectClose(grad.dataSync(), new Array<number>(12).fill(0));
    tf.dispose([x, value, grad]);
  });

  test('positions that are not numbers count as outside', () => {
    const x = tf.ones<tf.Rank.R4>([1, 2, 2, 1]);
    const odd = { boxes: Float32Array.of(NaN, 0, 2, 2, 0, 0, Infinity, 2), images: new Int32Array(2) };
    for (const samplingRatio of [0, 2]) {
      const y = roiAlign(x, odd, { outputSize: [1, 1], samplingRatio });
      expectClose(y.dataSync(), [0, 0]);
      y.dispose();
    }
    x.dispose();
  });
});

test('what does not fit is named', () => {
  const x = tf.zeros<tf.Rank.R4>([2, 4, 4, 3]);
  const one = { boxes: Float32Array.of(0, 0, 2, 2), images: Int32Array.of(2) };
  expect(() => roiAlign(x, one)).toThrow(/region 0 is of image 2 and level 0; there are 2 images and 1 levels/);
  expect(() => roiAlign([x, tf.zeros([2, 2, 2, 4])], one)).toThrow(/level 1 is \[2,2,2,4\]/);
  expect(() => roiAlign(x, { ...one, images: new Int32Array(2) })).toThrow(/1 regions need as many images and levels/);
  expect(() => roiAlign(x, one, { scales: [0] })).toThrow(/1 levels need as many scales above 0/);
  expect(() => roiAlign(x, one, { samplingRatio: 0.5 })).toThrow(/samplingRatio 0.5/);
  expect(() => roiAlign([], one)).toThrow(/at least one level/);
});
