import { countBelow } from './size-distribution.ts';

/** Least and greatest instance size, in pixels, that an anchor can take for foreground. */
export type SizeRange = readonly [number, number];

/**
 * An anchor and an instance of its shape inside or around it have an IoU of at least this (Faster R-CNN, RetinaNet).
 */
const FOREGROUND_IOU = 0.5;

/**
 * The sizes between which a concentric instance of an anchor's shape has an IoU of `iou` with it: [least side · √iou,
 * greatest side / √iou]. Anchors of 32 to 512 pixels give the paper's 22.6 to 724.1 (Fig 5).
 *
 * @param sides √area of the anchors, in pixels
 */
export function anchorValidRange(sides: readonly number[], iou = FOREGROUND_IOU): SizeRange {
  if (sides.length === 0 || !sides.every((side) => side > 0)) {
    throw new Error(`anchorValidRange: sides are [${sides.join(', ')}]; at least one is needed, all above 0.`);
  }
  if (!(iou > 0 && iou <= 1)) throw new Error(`anchorValidRange: iou is ${iou}; it must be above 0 and at most 1.`);
  return [Math.min(...sides) * Math.sqrt(iou), Math.max(...sides) / Math.sqrt(iou)];
}

/** [22.63, 724.08]: anchors of 32 to 512 pixels, the paper's Fig 5. */
export const PAPER_VALID_RANGE: SizeRange = anchorValidRange([32, 512]);

/** The rates of the paper's Table 8 and Fig 5. */
export const PAPER_RATES: readonly number[] = [1, 2, 4, 8, 16];

/** Where the instances of an image reduced by `rate` lie: shares of all, which add up to 1 (NaN without instances). */
export interface RateShare {
  readonly rate: number;
  /** Share of the instances with a size within the range, its ends included. */
  readonly inside: number;
  readonly below: number;
  readonly above: number;
}

/**
 * The share of instances that the anchors can take for foreground in the image reduced by each rate (Fig 5).
 *
 * @param sizes √area of the instances in the image that is not reduced, in pixels
 */
export function validRangeShare(
  sizes: ArrayLike<number>,
  range: SizeRange = PAPER_VALID_RANGE,
  rates: readonly number[] = PAPER_RATES,
): RateShare[] {
  const sorted = Float64Array.from(sizes).sort();
  const n = sorted.length;
  return rates.map((rate) => {
    if (!(rate > 0)) throw new Error(`validRangeShare: rate ${rate}; rates are above 0.`);
    const below = countBelow(sorted, range[0] * rate);
    const upTo = countBelow(sorted, range[1] * rate, true);
    return { rate, inside: (upTo - below) / n, below: below / n, above: (n - upTo) / n };
  });
}
