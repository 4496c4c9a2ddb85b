/** Both native RoIAligns against tensor-ops' own on the cpu backend, which is checked against torchvision. */
import * as tf from '@tensorflow/tfjs';
import { roiAlign, SED_ROI_ALIGN, type RoiAlignOptions } from '@sed/tensor-ops';
import { expectClose, expectNoLeak, onEveryBackend, uniform } from '@sed/testing';
import { cropAndResizeKernels } from './crop-and-resize.ts';
import { registerNativeKernels } from './register.ts';

const SHAPES = [
  [2, 24, 17, 20],
  [2, 12, 9, 20],
  [2, 1, 1, 20],
] as const;
const SCALES = [0.5, 0.25, 0.03];
const COUNT = 60;

/** Boxes of all sizes around an image of 34 x 48, over its borders and outside; the last ones are odd. */
const boxes = Float32Array.from(
  Array.from({ length: COUNT }, (_, i) => {
    const [a, b, c, d] = uniform(`box ${i}`, 4) as unknown as [number, number, number, number];
    const [x, y, w, h] = [17 + 30 * a, 24 + 40 * b, Math.exp(2.5 + 2 * c), Math.exp(2.5 + 2 * d)];
    return [x - w / 2, y - h / 2, x + w / 2, y + h / 2];
  }).flat(),
);
boxes.set([0, 0, 34, 48, 9, 9, 9, 9, 20, 18, 6, 4, -900, -900, -800, -800, NaN, 0, 5, 5, 0, 0, Infinity, 9], 0);
const images = Int32Array.from({ length: COUNT }, (_, i) => i % 2);
const levels = Int32Array.from({ length: COUNT }, (_, i) => (i < 6 ? 0 : i % 5 === 0 ? 2 : i % 2));

async function run(backend: string, options: RoiAlignOptions): Promise<Float32Array[]> {
  await tf.setBackend(backend);
  const features = SHAPES.map((shape, i) => tf.tensor4d(Float32Array.from(uniform(`f${i}`, tf.util.sizeFromShape([...shape]))), [...shape])); // prettier-ignore
  const [h, w] = options.outputSize!;
  const dy = tf.tensor4d(Float32Array.from(uniform('dy', COUNT * h * w * 20)), [COUNT, h, w, 20]);
  const pool = (...xs: tf.Tensor[]): tf.Tensor => roiAlign(xs as tf.Tensor4D[], { boxes, images }, options, levels);
  const y = expectNoLeak(() => pool(...features));
  const gradients = expectNoLeak(() => tf.grads(pool)(features, dy), features.length);
  const values = [y, ...gradients].map((t) => Float32Array.from(t.dataSync()));
  tf.dispose([...features, dy, y, ...gradients]);
  return values;
}

onEveryBackend(
  'RoIAlign',
  (backend) => {
    describe.each([
      ['our own op', true],
      ['CropAndResize', false],
    ])('%s', (_, own) => {
      test.each([
        [7, 7, 2, false],
        [7, 7, 0, false],
        [3, 5, 2, true],
        [2, 2, 0, true],
        [1, 1, 1, false],
      ])('%i x %i, ratio %i, aligned %s', async (h, w, samplingRatio, aligned) => {
        const options = { scales: SCALES, outputSize: [h, w], samplingRatio, aligned } as const;
        const expected = await run('cpu', options);
        await tf.setBackend(backend);
        registerNativeKernels({ own });
        const found = await run(backend, options);
        // CropAndResize takes positions as shares of the grid, which are rounded
        const absolute = own ? 1e-5 : 1e-4;
        found.forEach((values, i) => expectClose(values, expected[i]!, { relative: 2e-5, absolute }));
      });
    });

    test('CropAndResize is taken where our own op may not be', async () => {
      await tf.setBackend(backend);
      registerNativeKernels({ own: false });
      expect(tf.getKernel(SED_ROI_ALIGN, 'tensorflow')!.kernelFunc).toBe(cropAndResizeKernels[SED_ROI_ALIGN]);
      registerNativeKernels();
    });
  },
  ['tensorflow'],
);
