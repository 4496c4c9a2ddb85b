import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { activationGradientKernel } from '../convolution/activation-kernels.ts';
import { convolutionKernel } from '../convolution/convolution-kernels.ts';
import { convolutionFilterGradientKernel } from '../convolution/filter-gradient-kernels.ts';
import type { Shape4D } from '../convolution/geometry.ts';
import { convolutionInputGradientKernel } from '../convolution/input-gradient-kernels.ts';
import { runKernel } from '../kernel.ts';
import { joinRows } from '../rows/join-rows.ts';
import type { RoiAlignAttributes } from './roi-align-kernels.ts';
import { alignGradientKernel, alignKernel, attributesOf, type Regions, type RoiAlignOptions } from './run.ts';

/** Regions pooled at a time: 1024 of 7 x 7 x 256 are 51 MB. */
const ROWS = 1024;

const PLAIN = { strides: [1, 1], padding: [0, 0, 0, 0] } as const;

/**
 * The first layer of a region head, `relu(flatten(roiAlign(features)) · weight + bias)`, in one op that remembers
 * neither the pooled regions nor their product: its gradient pools again, which costs a few percent of the products and
 * saves 50 KB a region of 7 x 7 x 256. A region is flattened as h, w, C.
 *
 * @param features `[B, H, W, C]`, one a level
 * @param weight `[h · w · C, O]`
 * @param bias `[O]`
 * @param levels which level each region is pooled from, `[N]`
 * @returns `[N, O]`; differentiable with respect to features, weight and bias
 * @throws Error where shapes or counts do not fit each other
 */
export function roiAlignLinear(
  features: readonly Tensor4D[],
  regions: Regions,
  weight: Tensor2D,
  bias: Tensor1D,
  options: RoiAlignOptions,
  levels: Int32Array,
): Tensor2D {
  const all = attributesOf('roiAlignLinear', features, regions, options, levels);
  const shapes = features.map(({ shape }) => shape as Shape4D);
  const [height, width] = all.outputSize;
  const [inputs, outputs] = weight.shape;
  if (inputs !== height * width * shapes[0]![3] || bias.shape[0] !== outputs) {
    throw new Error(
      `roiAlignLinear: regions are ${height} x ${width} x ${shapes[0]![3]}, weight is [${weight.shape}], bias [${bias.shape}]; ` +
        `they must be [h · w · C, O] and [O].`,
    );
  }
  const parts = partsOf(all);
  const op = tf.customGrad((...args: unknown[]) => {
    const save = args.pop() as tf.GradSaveFunc;
    const pyramid = args.slice(0, features.length) as Tensor4D[];
    const [$weight, $bias] = args.slice(features.length) as [Tensor2D, Tensor1D];
    const filter: Tensor4D = tf.reshape($weight, [1, 1, inputs, outputs]);
    const value = joinRows(
      parts.map((part) =>
        tf.tidy(() => {
          const rows = part.levels.length;
          const x: Tensor4D = tf.reshape(alignKernel(pyramid, part), [1, rows, 1, inputs]);
          const y = runKernel(convolutionKernel, { x, filter, bias: $bias }, { ...PLAIN, activation: 'relu' });
          return tf.reshape<tf.Rank.R2>(y, [rows, outputs]);
        }),
      ),
      outputs,
    );
    save([...pyramid, $weight, value]);
    return { value, gradFunc: (dy, saved) => gradient(dy, saved, parts, shapes) };
  });
  return op(...(features as Tensor[]), weight, bias);
}

/** Gradients of the levels, the weight and the bias. Everything between is freed part by part. */
function gradient(
  dy: Tensor2D,
  saved: Tensor[],
  parts: readonly RoiAlignAttributes[],
  shapes: readonly Shape4D[],
): Tensor[] {
  const pyramid = saved.slice(0, shapes.length) as Tensor4D[];
  const [weight, y] = saved.slice(shapes.length) as [Tensor2D, Tensor2D];
  const [inputs, outputs] = weight.shape;
  const filterShape: Shape4D = [1, 1, inputs, outputs];
  let sums: Tensor[] = [];
  let from = 0;
  for (const part of parts) {
    const rows = part.levels.length;
    const before = sums;
    sums = tf.tidy(() => {
      const slice = (t: Tensor2D): Tensor => tf.reshape(tf.slice(t, [from, 0], [rows, outputs]), [1, rows, 1, outputs]);
      const open = runKernel(activationGradientKernel, { dy: slice(dy), y: slice(y) }, { activation: 'relu' });
      const dz = open as Tensor4D; // of dy's shape
      const inputShape: Shape4D = [1, rows, 1, inputs];
      // the largest tensors live one after the other
      const dFeatures = tf.tidy(() => {
        const filter: Tensor4D = tf.reshape(weight, [...filterShape]);
        const dx = runKernel(convolutionInputGradientKernel, { dy: dz, filter }, { ...PLAIN, inputShape });
        const pooled: Tensor4D = tf.reshape(dx, [rows, ...part.outputSize, shapes[0]![3]]);
        return alignGradientKernel(pooled, shapes, part);
      });
      const dWeight = tf.tidy(() => {
        const x: Tensor4D = tf.reshape(alignKernel(pyramid, part), [...inputShape]);
        return runKernel(convolutionFilterGradientKernel, { x, dy: dz }, { ...PLAIN, filterShape });
      });
      const made = [...dFeatures, tf.reshape(dWeight, weight.shape), tf.sum(dz, [0, 1, 2])];
      return before.length === 0 ? made : made.map((tensor, i) => tf.add(tensor, before[i]!));
    });
    tf.dispose(before);
    from += rows;
  }
  if (sums.length > 0) return sums;
  return [...shapes.map((shape) => tf.zeros([...shape])), tf.zeros(weight.shape), tf.zeros([outputs])];
}

/** The regions in parts of at most `ROWS`. */
function partsOf(all: RoiAlignAttributes): RoiAlignAttributes[] {
  const parts: RoiAlignAttributes[] = [];
  for (let from = 0; from < all.levels.length; from += ROWS) {
    const to = from + ROWS;
    parts.push({
      ...all,
      rois: all.rois.slice(4 * from, 4 * to),
      images: all.images.slice(from, to),
      levels: all.levels.slice(from, to),
    });
  }
  return parts;
}
