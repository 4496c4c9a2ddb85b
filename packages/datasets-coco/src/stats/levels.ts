/** Which level of a pyramid an instance falls to. Level l has cells of 2^l pixels. */
import type { Instances } from './instances.ts';

/** FPN's constants (section 4.2): an instance of 224 pixels, ImageNet's size, belongs to P4. */
const FPN = { canonicalSize: 224, canonicalLevel: 4, lowest: 2, highest: 5, epsilon: 1e-6 } as const;

/**
 * `[N]` the level that FPN pools an instance's features from: ⌊4 + log2(√area / 224)⌋ within P2 to P5 (FPN, Eq 1;
 * torchvision's `LevelMapper`, its 1e-6 for exact powers of two included).
 */
export function fpnLevels(sizes: ArrayLike<number>): Int8Array {
  return Int8Array.from(sizes, (size) => {
    const level = Math.floor(FPN.canonicalLevel + Math.log2(size / FPN.canonicalSize) + FPN.epsilon);
    return Math.min(FPN.highest, Math.max(FPN.lowest, level));
  });
}

/** The anchors of a level. */
export interface AnchorLevel {
  readonly level: number;
  /** Pixels a cell. */
  readonly stride: number;
  /** Width and height of the anchors of a cell, in pixels. */
  readonly shapes: readonly (readonly [number, number])[];
}

export interface AnchorGrid {
  readonly levels: readonly AnchorLevel[];
  /** Where in its cell an anchor is centered, in strides: 0 the corner, 0.5 the middle. */
  readonly centerOffset: number;
  /** Images are padded to multiples of this, in pixels, which bounds the grids. Default 32. */
  readonly sizeMultiple?: number;
}

export interface BestAnchors {
  /** `[N]` level of the anchor with the greatest IoU; of equal ones the lowest. */
  readonly levels: Int8Array;
  /** `[N]` that IoU. */
  readonly ious: Float64Array;
}

/**
 * The anchor that fits each instance best, at the place where the instance is: of a shape the nearest one to the
 * instance's center is best, so that one anchor a shape and level is enough, and 860,000 instances take less than a
 * second.
 *
 * @param factors `[M]` of `resizeFactors`
 * @param sizes `[M]` width and height of the image files, in pixels
 */
export function bestAnchors(
  instances: Instances,
  factors: Float64Array,
  sizes: readonly { readonly width?: number; readonly height?: number }[],
  grid: AnchorGrid,
): BestAnchors {
  const { count, boxes, images } = instances;
  const levels = new Int8Array(count);
  const ious = new Float64Array(count);
  const multiple = grid.sizeMultiple ?? 32;
  for (let i = 0; i < count; i++) {
    const factor = factors[images[i]!]!;
    const { width = 0, height = 0 } = sizes[images[i]!]!;
    const w = boxes[4 * i + 2]! * factor;
    const h = boxes[4 * i + 3]! * factor;
    const cx = boxes[4 * i]! * factor + w / 2;
    const cy = boxes[4 * i + 1]! * factor + h / 2;
    let best = -1;
    for (const { level, stride, shapes } of grid.levels) {
      const dx = Math.abs(cx - nearest(cx, stride, grid.centerOffset, padded(width * factor, multiple)));
      const dy = Math.abs(cy - nearest(cy, stride, grid.centerOffset, padded(height * factor, multiple)));
      for (const [aw, ah] of shapes) {
        const inter = overlap(w, aw, dx) * overlap(h, ah, dy);
        const iou = inter / (w * h + aw * ah - inter);
        if (iou > best) {
          best = iou;
          levels[i] = level;
        }
      }
    }
    ious[i] = best;
  }
  return { levels, ious };
}

const padded = (side: number, multiple: number): number => Math.ceil(Math.round(side) / multiple) * multiple;

/** The center nearest to `at` of the cells that cover `side` pixels. */
function nearest(at: number, stride: number, offset: number, side: number): number {
  const cell = Math.round(at / stride - offset);
  return (Math.min(Math.max(cell, 0), Math.max(0, Math.ceil(side / stride) - 1)) + offset) * stride;
}

/** What two spans of lengths `a` and `b` share, their centers `distance` apart. */
function overlap(a: number, b: number, distance: number): number {
  return Math.max(0, Math.min(a, b, (a + b) / 2 - distance));
}
