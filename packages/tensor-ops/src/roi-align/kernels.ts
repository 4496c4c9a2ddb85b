/**
 * RoIAlign's kernels: the contract between the op and whoever registers faster kernels of these names.
 *
 * Shapes: `L` levels, `B` batch, `H W` grid of a level, `C` channels, `N` regions, `h w` output grid. NHWC, float32.
 *
 * The regions are attributes, not tensors: they are geometry, which lives on the host and gets no gradient, and a kernel that
 * needs them there would have to wait for the device.
 */
import type { Shape4D } from '../convolution/kernels.ts';

/** `level0 … level<L-1>` `[B,H,W,C]` → `[N,h,w,C]`; see `RoiAlignAttributes`. */
export const SED_ROI_ALIGN = 'SedRoiAlign';
/** `dy [N,h,w,C]` → an array of L gradients `[B,H,W,C]`; see `RoiAlignGradientAttributes`. */
export const SED_ROI_ALIGN_GRADIENT = 'SedRoiAlignGradient';

/** Attributes of `SedRoiAlign`. */
export interface RoiAlignAttributes {
  /** Corners x1 y1 x2 y2 in pixels of the image, `[N, 4]`. */
  readonly rois: Float32Array;
  /** Which image of the batch, `[N]`. */
  readonly images: Int32Array;
  /** Which level, `[N]`. */
  readonly levels: Int32Array;
  /** Cells a pixel, of each level: 1 / stride. */
  readonly scales: readonly number[];
  readonly outputSize: readonly [height: number, width: number];
  /** Samples a bin along each axis; 0: ⌈size of the bin in cells⌉. */
  readonly samplingRatio: number;
  /** Whether cell i is centred at i + 0.5 (and small regions stay small). */
  readonly aligned: boolean;
}

/** Attributes of `SedRoiAlignGradient`. */
export interface RoiAlignGradientAttributes extends RoiAlignAttributes {
  /** `[B,H,W,C]` of each level. */
  readonly shapes: readonly Shape4D[];
}

/** The name of level i among a kernel's inputs. */
export const levelInput = (i: number): string => `level${i}`;
