/** Proposals of one view in another. */
import type { ImageSize } from '../types.ts';
import { mapBoxes, type AffineMap } from './affine-map.ts';

/** Proposals narrower or lower than this many pixels, before they are mapped or once clipped, are left out. */
const MINIMUM_SIDE = 1;

/**
 * Proposals of one view in another: upright boxes around the mapped corners, clipped to the valid part of the other
 * image. Left out are those whose center lies outside of it, the rule of dense rows, and those with a side below 1
 * pixel, in their own view or once clipped in the other: deltas relative to a box without a size are not finite.
 * @param boxes `[N · 4]` in pixels of the view that `map` goes from
 * @param size of the valid part of the view that `map` goes to, in pixels
 * @returns the boxes that stay, and the row of each in `boxes`, ascending
 */
export function mapProposals(
  boxes: Float32Array,
  map: AffineMap,
  size: ImageSize,
): { boxes: Float32Array; kept: Int32Array } {
  const mapped = mapBoxes(boxes, map);
  const clip = (value: number, most: number): number => Math.min(Math.max(value, 0), most);
  const rows: number[] = [];
  for (let i = 0; i < mapped.length; i += 4) {
    const [x1, y1, x2, y2] = mapped.subarray(i, i + 4) as unknown as [number, number, number, number];
    const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
    const wasLarge = boxes[i + 2]! - boxes[i]! >= MINIMUM_SIDE && boxes[i + 3]! - boxes[i + 1]! >= MINIMUM_SIDE;
    mapped[i] = clip(x1, size.width);
    mapped[i + 1] = clip(y1, size.height);
    mapped[i + 2] = clip(x2, size.width);
    mapped[i + 3] = clip(y2, size.height);
    const large = mapped[i + 2]! - mapped[i]! >= MINIMUM_SIDE && mapped[i + 3]! - mapped[i + 1]! >= MINIMUM_SIDE;
    if (wasLarge && large && x >= 0 && x < size.width && y >= 0 && y < size.height) rows.push(i / 4);
  }
  const stay = new Float32Array(4 * rows.length);
  rows.forEach((row, i) => stay.set(mapped.subarray(4 * row, 4 * row + 4), 4 * i));
  return { boxes: stay, kept: Int32Array.from(rows) };
}
