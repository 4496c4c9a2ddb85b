/** What the ops on regions share: their arguments checked and put together, and the kernels run. */
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { Shape4D } from '../convolution/geometry.ts';
import { runKernel } from '../kernel.ts';
import { listInputs } from '../list-inputs.ts';
import { roiAlignGradientKernel, roiAlignKernel } from './roi-align-kernels.ts';
import type { RoiAlignAttributes } from './roi-align-kernels.ts';

/** How regions are pooled. */
export interface RoiAlignOptions {
  /** Cells a pixel: 1 / stride of the features. For several levels one a level. Default 1. */
  readonly scales?: readonly number[];
  /** Height and width of the output; default 7 by 7. */
  readonly outputSize?: readonly [height: number, width: number];
  /** Samples a bin along each axis; 0 (the default) takes ⌈size of the bin in cells⌉, so every cell is looked at. */
  readonly samplingRatio?: number;
  /**
   * Whether cell i is centered at i + 0.5: detectron2's and mmdetection's convention. Without it (torchvision's Faster
   * R-CNN) samples lie half a cell too far, and regions are at least one cell wide. Default false.
   */
  readonly aligned?: boolean;
}

/** Regions of the images of a batch. */
export interface Regions {
  /** Corners x1 y1 x2 y2 in pixels, `[N, 4]`. */
  readonly boxes: Float32Array;
  /** Which image of the batch each is of, `[N]`. */
  readonly images: Int32Array;
}

/** The attributes of the kernels. @throws Error for arguments that do not fit each other */
export function attributesOf(
  op: string,
  pyramid: readonly Tensor4D[],
  regions: Regions,
  options: RoiAlignOptions,
  levels: Int32Array | undefined,
): RoiAlignAttributes {
  const { scales = pyramid.map(() => 1), outputSize = [7, 7], samplingRatio = 0, aligned = false } = options;
  const count = regions.boxes.length / 4;
  if (!Number.isInteger(count)) {
    throw new Error(
      `${op}: regions.boxes must hold four numbers a box, its length ${regions.boxes.length} is no multiple of 4`,
    );
  }
  const attributes: RoiAlignAttributes = {
    rois: regions.boxes,
    images: regions.images,
    levels: levels ?? new Int32Array(count),
    scales,
    outputSize,
    samplingRatio,
    aligned,
  };
  check(op, pyramid, attributes, count);
  return attributes;
}

/** The pooled regions, `[N, h, w, C]`; not differentiable. */
export function alignKernel(pyramid: readonly Tensor4D[], attributes: RoiAlignAttributes): Tensor4D {
  return runKernel(roiAlignKernel, listInputs('level', pyramid), attributes);
}

/** The gradient of each level. */
export function alignGradientKernel(
  dy: Tensor4D,
  shapes: readonly Shape4D[],
  attributes: RoiAlignAttributes,
): Tensor4D[] {
  return runKernel(roiAlignGradientKernel, { dy }, { ...attributes, shapes });
}

function check(op: string, pyramid: readonly Tensor4D[], attributes: RoiAlignAttributes, count: number): void {
  const { images, levels, scales, outputSize, samplingRatio } = attributes;
  const first = pyramid[0];
  if (first === undefined) throw new Error(`${op}: there are no features; give at least one level.`);
  const [batch, , , channels] = first.shape;
  pyramid.forEach(({ shape, rank }, i) => {
    if (rank === 4 && shape[0] === batch && shape[3] === channels) return;
    throw new Error(
      `${op}: level ${i} is [${shape}]; levels must be [B, H, W, C] of one B and C (level 0 is [${first.shape}])`,
    );
  });
  if (scales.length !== pyramid.length || !scales.every((scale) => scale > 0)) {
    throw new Error(`${op}: ${pyramid.length} levels need as many scales above 0, got [${scales}]`);
  }
  if (images.length !== count || levels.length !== count) {
    throw new Error(
      `${op}: ${count} regions need as many images and levels, got ${images.length} and ${levels.length}`,
    );
  }
  const whole = (value: number, least: number): boolean => Number.isInteger(value) && value >= least;
  if (!outputSize.every((side) => whole(side, 1)) || !whole(samplingRatio, 0)) {
    throw new Error(
      `${op}: outputSize is [${outputSize}] and samplingRatio ${samplingRatio}; they must be whole numbers, at least 1 and 0`,
    );
  }
  for (let n = 0; n < count; n++) {
    if (!(images[n]! >= 0 && images[n]! < batch) || !(levels[n]! >= 0 && levels[n]! < pyramid.length)) {
      throw new Error(
        `${op}: region ${n} is of image ${images[n]} and level ${levels[n]}; there are ${batch} images and ${pyramid.length} levels`,
      );
    }
  }
}
