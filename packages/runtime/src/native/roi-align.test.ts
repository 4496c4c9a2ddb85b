/** Both native RoIAligns against tensor-ops' own on the cpu backend, which is checked against torchvision. */
import * as tf from '@tensorflow/tfjs';
import { roiAlign, type RoiAlignOptions } from '@sed/tensor-ops';
import { expectClose, expectNoLeak, onEveryBackend, uniform } from '@sed/testing';
import { tensorFlow } from './backend.ts';
import { cropAndResizeKernels } from './crop-and-resize.ts';
import { registerNativeKernels } from './register.ts';
import { roiAlignKernels } from './roi-align.ts';

const SHAPES = [
  [2, 24, 17, 20],
  [2, 12, 9, 20],
  [2, 1, 1, 20],
] as const;
const SCALES = [0.5, 0.25, 0.03];
const COUNT = 60;

/** Boxes of all sizes around an image of 34 x 48, over its borders and outside; the first ones are odd. */
const boxes = Float32Array.from(
  Array.from({ length: COUNT }, (_, i) => {
    const [a, b, c, d] = uniform(`box ${i}`, 4) as unknown as [number, number, number, number];
    const [x, y, w, h] = [17 + 30 * a, 24 + 40 * b, Math.exp(2.5 + 2 * c), Math.exp(2.5 + 2 * d)];
    return [x - w / 2, y - h / 2, x + w / 2, y + h / 2];
  }).flat(),
);
boxes.set([0, 0, 34, 48, 9, 9, 9, 9, 20, 18, 6, 4, -900, -900, -800, -800, NaN, 0, 5, 5, 0, 0, Infinity, 9], 0);

interface Regions {
  boxes: Float32Array;
  images: Int32Array;
  levels: Int32Array;
}

const every: Regions = {
  boxes,
  images: Int32Array.from({ length: COUNT }, (_, i) => i % 2),
  levels: Int32Array.from({ length: COUNT }, (_, i) => (i < 6 ? 0 : i % 5 === 0 ? 2 : i % 2)),
};

/** `rows` regions at a time. */
function parts({ boxes, images, levels }: Regions, rows: number): Regions[] {
  return Array.from({ length: Math.ceil(images.length / rows) }, (_, i) => ({
    boxes: boxes.slice(4 * rows * i, 4 * rows * (i + 1)),
    images: images.slice(rows * i, rows * (i + 1)),
    levels: levels.slice(rows * i, rows * (i + 1)),
  }));
}

/** The pooled regions and the gradient of each level, taken from `rows` regions at a time and summed. */
async function run(backend: string, options: RoiAlignOptions, rows = COUNT): Promise<Float32Array[]> {
  await tf.setBackend(backend);
  const features = SHAPES.map((shape, i) => tf.tensor4d(Float32Array.from(uniform(`f${i}`, tf.util.sizeFromShape([...shape]))), [...shape])); // prettier-ignore
  const [h, w] = options.outputSize!;
  const dy = tf.tensor4d(Float32Array.from(uniform('dy', COUNT * h * w * 20)), [COUNT, h, w, 20]);
  const pool =
    ({ boxes, images, levels }: Regions) =>
    (...xs: tf.Tensor[]): tf.Tensor =>
      roiAlign(xs as tf.Tensor4D[], { boxes, images }, options, levels);
  const y = expectNoLeak(() => pool(every)(...features));
  const gradients = expectNoLeak(
    () =>
      parts(every, rows)
        .map((part, i) => {
          const count = part.images.length;
          const under = dy.slice([i * rows, 0, 0, 0], [count, h, w, 20]);
          const found = tf.grads(pool(part))(features, under);
          under.dispose();
          return found;
        })
        .reduce((sums, terms) => {
          const next = sums.map((sum, i) => sum.add(terms[i]!));
          tf.dispose([...sums, ...terms]);
          return next;
        }),
    features.length,
  );
  const values = [y, ...gradients].map((t) => Float32Array.from(t.dataSync()));
  tf.dispose([...features, dy, y, ...gradients]);
  return values;
}

const CASES = [
  [7, 7, 2, false],
  [7, 7, 0, false],
  [3, 5, 2, true],
  [2, 2, 0, true],
  [1, 1, 1, false],
] as const;

onEveryBackend(
  'RoIAlign',
  (backend) => {
    afterAll(async () => {
      await tf.setBackend(backend);
      registerNativeKernels();
    });

    describe.each([
      ['our own op', true],
      ['on the host', false],
    ])('%s', (_, own) => {
      test.each(CASES)('%i x %i, ratio %i, aligned %s', async (h, w, samplingRatio, aligned) => {
        const options = { scales: SCALES, outputSize: [h, w], samplingRatio, aligned } as const;
        const expected = await run('cpu', options);
        await tf.setBackend(backend);
        registerNativeKernels({ own });
        const found = await run(backend, options);
        found.forEach((values, i) => expectClose(values, expected[i]!, { relative: 2e-5, absolute: 1e-5 }));
      });

      // TensorFlow's gradient lost terms in a third of such runs on two threads.
      test('the same gradient each time', async () => {
        await tf.setBackend(backend);
        registerNativeKernels({ own });
        const options = { scales: SCALES, outputSize: [7, 7], samplingRatio: 2 } as const;
        const [, ...first] = await run(backend, options);
        for (let i = 0; i < 10; i++) {
          const [, ...again] = await run(backend, options);
          again.forEach((values, level) => expect(Buffer.compare(bytes(values), bytes(first[level]!))).toBe(0));
        }
      });
    });

    // On the CPU its gradient is right where no two regions of a call are of one image, as two rows are here.
    describe("a GPU's kernels", () => {
      test.each(CASES)('%i x %i, ratio %i, aligned %s', async (h, w, samplingRatio, aligned) => {
        const options = { scales: SCALES, outputSize: [h, w], samplingRatio, aligned } as const;
        const expected = await run('cpu', options);
        await tf.setBackend(backend);
        for (const { register } of cropAndResizeKernels) register(false);
        const found = await run(backend, options, 2);
        // CropAndResize takes positions as shares of the grid, which are rounded
        found.forEach((values, i) => expectClose(values, expected[i]!, { relative: 2e-5, absolute: 1e-4 }));
      });
    });

    test('which kernels are taken where our own op may not be', async () => {
      await tf.setBackend(backend);
      expect(roiAlignKernels(tensorFlow(), { own: false, gpu: true })).toBe(cropAndResizeKernels);
      // tensor-ops' own, on the host
      expect(roiAlignKernels(tensorFlow(), { own: false, gpu: false })).toEqual([]);
      registerNativeKernels({ own: false });
      if (!tensorFlow().isUsingGpuDevice) {
        for (const { kernel } of cropAndResizeKernels) expect(tf.getKernel(kernel.name, backend)).toBeUndefined();
      }
    });
  },
  ['tensorflow'],
);

function bytes({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
