/**
 * An 8-bit image under an affine map: bilinear, inverse-mapped, the outside a plain color.
 *
 * Pixels are squares with their values at their centers (the corner of the image is at (0, 0)), as in torchvision's
 * `affine` and `rotate`. Every tap outside of the image has the fill color, so that an edge fades into it.
 */

import type { Color } from './cutout.ts';
import { invertMap, type AffineMap } from '@sed/geometry';
import { checkImage } from './image.ts';
import type { RgbImage } from './types.ts';

/** First and one past the last whole number n in 0..count with low <= slope * n + base < high. */
function span(slope: number, base: number, low: number, high: number, count: number): [number, number] {
  const inside = (n: number): boolean => slope * n + base >= low && slope * n + base < high;
  let [from, to] = [0, count];
  if (slope !== 0) {
    const [a, b] = [(low - base) / slope, (high - base) / slope];
    // a step wider than the division says: rounding is settled by `inside`
    from = Math.max(0, Math.ceil(Math.min(a, b)) - 1);
    to = Math.min(count, Math.floor(Math.max(a, b)) + 2);
  }
  while (from < to && !inside(from)) from++;
  while (to > from && !inside(to - 1)) to--;
  return [from, to];
}

/**
 * The image moved by `map`, which takes its points to where they are seen, at its own size and as new pixels. Equal to
 * `torchvision.transforms.v2.functional.affine` (bilinear) on uint8 tensors within one gray level; torchvision darkens
 * the one pixel where image and fill meet (it weighs the image twice there), this blends the two.
 *
 * @throws Error for an image whose size and pixels disagree, or a map that cannot be undone.
 */
export function warp(image: RgbImage, map: AffineMap, fill: Color): RgbImage {
  checkImage(image, 'warp');
  const { width, height, pixels: from } = image;
  const [a, b, c, d, e, f] = invertMap(map);
  const pixels = new Uint8Array(from.length);
  const stride = width * 3;
  const [red, green, blue] = fill;

  /** One value of a pixel whose taps may lie outside. */
  const blend = (x0: number, y0: number, fx: number, fy: number, channel: number, color: number): number => {
    const tap = (x: number, y: number): number =>
      x >= 0 && x < width && y >= 0 && y < height ? from[y * stride + x * 3 + channel]! : color;
    const top = tap(x0, y0) + (tap(x0 + 1, y0) - tap(x0, y0)) * fx;
    const bottom = tap(x0, y0 + 1) + (tap(x0 + 1, y0 + 1) - tap(x0, y0 + 1)) * fx;
    return (top + (bottom - top) * fy + 0.5) | 0;
  };

  for (let y = 0; y < height; y++) {
    // of the output pixel x, the input position in pixel centers is (a x + rowX, d x + rowY)
    const rowX = a * 0.5 + b * (y + 0.5) + c - 0.5;
    const rowY = d * 0.5 + e * (y + 0.5) + f - 0.5;
    const meet = (low: number, right: number, bottom: number): [number, number] => {
      const [x1, x2] = span(a, rowX, low, right, width);
      const [y1, y2] = span(d, rowY, low, bottom, width);
      const first = Math.max(x1, y1);
      return [first, Math.max(first, Math.min(x2, y2))];
    };
    const [first, last] = meet(-1, width, height);
    const inside = meet(0, width - 1, height - 1);
    // a row that only touches the border has no inside
    const [in1, in2] = inside[0] < inside[1] ? inside : [last, last];

    let out = y * stride;
    const paint = (count: number): void => {
      for (const end = out + count * 3; out < end; out += 3) {
        pixels[out] = red;
        pixels[out + 1] = green;
        pixels[out + 2] = blue;
      }
    };
    const border = (x1: number, x2: number): void => {
      for (let x = x1; x < x2; x++, out += 3) {
        const [sx, sy] = [a * x + rowX, d * x + rowY];
        const [x0, y0] = [Math.floor(sx), Math.floor(sy)];
        pixels[out] = blend(x0, y0, sx - x0, sy - y0, 0, red);
        pixels[out + 1] = blend(x0, y0, sx - x0, sy - y0, 1, green);
        pixels[out + 2] = blend(x0, y0, sx - x0, sy - y0, 2, blue);
      }
    };

    paint(first);
    border(first, in1);
    for (let x = in1; x < in2; x++, out += 3) {
      const sx = a * x + rowX;
      const sy = d * x + rowY;
      const x0 = sx | 0;
      const y0 = sy | 0;
      const fx = sx - x0;
      const fy = sy - y0;
      const upper = y0 * stride + x0 * 3;
      const lower = upper + stride;
      for (let k = 0; k < 3; k++) {
        const top = from[upper + k]! + (from[upper + k + 3]! - from[upper + k]!) * fx;
        const bottom = from[lower + k]! + (from[lower + k + 3]! - from[lower + k]!) * fx;
        pixels[out + k] = top + (bottom - top) * fy + 0.5;
      }
    }
    border(in2, last);
    paint(width - last);
  }
  return { pixels, width, height };
}
