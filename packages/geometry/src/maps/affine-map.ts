/**
 * Affine maps between an image and its views. Boxes are `x1 y1 x2 y2` with the corner of the image at (0, 0), `[N, 4]`
 * flattened.
 */
import { rowsOf } from '../boxes/boxes.ts';

/**
 * How a point of one image lands in another: `[x', y'] = A [x, y, 1]` with `A` row-major
 * `[a, b, c, d, e, f]` (x' = a x + b y + c, y' = d x + e y + f), pixels with the corner of the image at (0, 0).
 */
export type AffineMap = readonly [number, number, number, number, number, number];

/** The map that leaves every point where it is. */
export const IDENTITY: AffineMap = [1, 0, 0, 0, 1, 0];

/** Whether the map leaves every point exactly where it is. */
export function isIdentity([a, b, c, d, e, f]: AffineMap): boolean {
  return a === 1 && b === 0 && c === 0 && d === 0 && e === 1 && f === 0;
}

/** `second ∘ first`: first one, then the other. */
export function composeMaps(second: AffineMap, first: AffineMap): AffineMap {
  const [a, b, c, d, e, f] = second;
  const [g, h, i, j, k, l] = first;
  return [a * g + b * j, a * h + b * k, a * i + b * l + c, d * g + e * j, d * h + e * k, d * i + e * l + f];
}

/**
 * The map back.
 *
 * @throws Error for a map that folds the plane onto a line or a point, or has a number that is not finite
 */
export function invertMap(map: AffineMap): AffineMap {
  const [a, b, c, d, e, f] = map;
  const determinant = a * e - b * d;
  if (!Number.isFinite(1 / determinant) || !Number.isFinite(c + f)) {
    throw new Error(
      `invertMap: [${map.join(', ')}] has determinant ${determinant}; it cannot be undone. ` +
        `A map back needs six finite numbers and a determinant other than 0.`,
    );
  }
  // `0 -` keeps the sign of zero out of the numbers.
  return [
    e / determinant,
    (0 - b) / determinant,
    (b * f - c * e) / determinant,
    (0 - d) / determinant,
    a / determinant,
    (c * d - a * f) / determinant,
  ];
}

/**
 * From the pixels of one view to those of another of the same image; {@link IDENTITY} itself where both have one
 * geometry.
 *
 * @param from a view, `geometry` being the map from the image's pixels to the view's
 * @param to the other
 */
export function mapBetween(from: { readonly geometry: AffineMap }, to: { readonly geometry: AffineMap }): AffineMap {
  if (from.geometry.every((value, i) => value === to.geometry[i])) return IDENTITY;
  return composeMaps(to.geometry, invertMap(from.geometry));
}

/**
 * The upright boxes around the mapped corners. Exact for resizing, flipping and shifting; a turned or sheared box
 * grows.
 *
 * @param boxes `[N, 4]` flattened
 */
export function mapBoxes(boxes: Float32Array, map: AffineMap): Float32Array {
  rowsOf('mapBoxes', 'boxes', boxes);
  const [a, b, c, d, e, f] = map;
  const mapped = new Float32Array(boxes.length);
  for (let i = 0; i < boxes.length; i += 4) {
    const [x1, y1, x2, y2] = [boxes[i]!, boxes[i + 1]!, boxes[i + 2]!, boxes[i + 3]!];
    mapped[i] = Math.min(a * x1, a * x2) + Math.min(b * y1, b * y2) + c;
    mapped[i + 1] = Math.min(d * x1, d * x2) + Math.min(e * y1, e * y2) + f;
    mapped[i + 2] = Math.max(a * x1, a * x2) + Math.max(b * y1, b * y2) + c;
    mapped[i + 3] = Math.max(d * x1, d * x2) + Math.max(e * y1, e * y2) + f;
  }
  return mapped;
}

/** Resizing `from` to `to` (`[width, height]`), then mirroring left to right if `flip`. */
export function resizeMap(from: readonly [number, number], to: readonly [number, number], flip = false): AffineMap {
  const x = to[0] / from[0];
  const y = to[1] / from[1];
  return flip ? [-x, 0, to[0], 0, y, 0] : [x, 0, 0, 0, y, 0];
}
