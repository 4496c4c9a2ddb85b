/** One thing as it will lie in a scene: scaled, turned, tinted, with its alpha. */

import type { Icon } from './icon.ts';
import { between, pick, wholeBetween, type Random } from './random.ts';

/**
 * From here on (of 255) a pixel counts as covered: by what one sees, and by what boxes and visible fractions are
 * measured on.
 */
export const SOLID = 128;

/** RGBA rows with colors multiplied by alpha; `solid` counts the pixels of alpha ≥ {@link SOLID}. */
export interface Sprite {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly solid: number;
}

/** How an icon is laid into a scene. */
export interface Pose {
  /** Square root of the area of the icon's frame in the scene, before turning. */
  readonly size: number;
  /** Radians. */
  readonly angle: number;
  /** Width over height, relative to the icon's own. */
  readonly stretch: number;
  readonly shear: number;
  readonly mirrored: boolean;
  /** Row-major 3 x 3 on RGB. */
  readonly tint: readonly number[];
}

function countSolid(pixels: Uint8Array): number {
  let solid = 0;
  for (let i = 3; i < pixels.length; i += 4) if (pixels[i]! >= SOLID) solid++;
  return solid;
}

/**
 * Hue turned by `hue` radians about the gray axis, distance from gray times `saturation`, channels times `gains`: a
 * linear map of RGB, which colors multiplied by alpha need.
 */
export function tintMatrix(hue: number, saturation: number, gains: readonly [number, number, number]): number[] {
  const [cos, sin] = [Math.cos(hue) * saturation, Math.sin(hue) * saturation];
  const third = 1 / 3;
  const root = Math.sqrt(third);
  return gains.flatMap((gain, row) =>
    [0, 1, 2].map((column) => {
      const along = third;
      const across = (row === column ? 1 : 0) - third;
      const turned = row === column ? 0 : (column - row + 3) % 3 === 1 ? -root : root;
      return gain * (along + across * cos + turned * sin);
    }),
  );
}

/** Bilinear samples of the rendering next above the wanted size. */
export function poseIcon(icon: Icon, pose: Pose): Sprite {
  const { frame } = icon;
  const scale = pose.size / Math.sqrt(frame.width * frame.height);
  const [sx, sy] = [scale * Math.sqrt(pose.stretch) * (pose.mirrored ? -1 : 1), scale / Math.sqrt(pose.stretch)];
  const [cos, sin] = [Math.cos(pose.angle), Math.sin(pose.angle)];
  // Turn ∘ shear ∘ scale, from pixels of the icon to pixels of the sprite.
  const a = cos * sx;
  const b = cos * pose.shear * sy - sin * sy;
  const d = sin * sx;
  const e = sin * pose.shear * sy + cos * sy;
  const width = Math.ceil(Math.abs(a) * frame.width + Math.abs(b) * frame.height) + 2;
  const height = Math.ceil(Math.abs(d) * frame.width + Math.abs(e) * frame.height) + 2;
  const reduction = Math.log2(1 / scale);
  const index = Math.min(icon.levels.length - 1, Math.max(0, Math.floor(reduction + 0.3)));
  const { size, pixels: source } = icon.levels[index]!;
  const unit = 2 ** -index;
  const determinant = a * e - b * d;
  const [ux, uy] = [(e / determinant) * unit, (-b / determinant) * unit];
  const [vx, vy] = [(-d / determinant) * unit, (a / determinant) * unit];
  const centerX = (frame.x + frame.width / 2) * unit - 0.5;
  const centerY = (frame.y + frame.height / 2) * unit - 0.5;
  const tint = pose.tint;
  const [t0, t1, t2, t3, t4, t5, t6, t7, t8] = [
    tint[0]!,
    tint[1]!,
    tint[2]!,
    tint[3]!,
    tint[4]!,
    tint[5]!,
    tint[6]!,
    tint[7]!,
    tint[8]!,
  ];
  const pixels = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    const fromCenterY = y + 0.5 - height / 2;
    for (let x = 0; x < width; x++) {
      const fromCenterX = x + 0.5 - width / 2;
      const u = centerX + ux * fromCenterX + uy * fromCenterY;
      const v = centerY + vx * fromCenterX + vy * fromCenterY;
      const left = Math.floor(u);
      const top = Math.floor(v);
      if (left < 0 || top < 0 || left >= size - 1 || top >= size - 1) continue;
      const [fx, fy] = [u - left, v - top];
      const [w00, w01, w10, w11] = [(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy];
      const at = (top * size + left) * 4;
      const below = at + size * 4;
      const alpha = source[at + 3]! * w00 + source[at + 7]! * w01 + source[below + 3]! * w10 + source[below + 7]! * w11;
      if (alpha < 1) continue;
      const red = source[at]! * w00 + source[at + 4]! * w01 + source[below]! * w10 + source[below + 4]! * w11;
      const green = source[at + 1]! * w00 + source[at + 5]! * w01 + source[below + 1]! * w10 + source[below + 5]! * w11;
      const blue = source[at + 2]! * w00 + source[at + 6]! * w01 + source[below + 2]! * w10 + source[below + 6]! * w11;
      const out = (y * width + x) * 4;
      const limit = Math.round(alpha);
      pixels[out] = clamp(t0 * red + t1 * green + t2 * blue, limit);
      pixels[out + 1] = clamp(t3 * red + t4 * green + t5 * blue, limit);
      pixels[out + 2] = clamp(t6 * red + t7 * green + t8 * blue, limit);
      pixels[out + 3] = limit;
    }
  }
  return { pixels, width, height, solid: countSolid(pixels) };
}

/** A color multiplied by alpha lies in 0..alpha. */
function clamp(value: number, limit: number): number {
  return value <= 0 ? 0 : value >= limit ? limit : Math.round(value);
}

const SHAPES = ['ellipse', 'rectangle', 'triangle', 'ring', 'bar'] as const;

/** How far (u, v) lies inside of a shape over [-1, 1]², in its units; negative outside. */
function insideOf(shape: (typeof SHAPES)[number], u: number, v: number): number {
  switch (shape) {
    case 'ellipse':
      return 1 - Math.hypot(u, v);
    case 'ring':
      return 0.22 - Math.abs(Math.hypot(u, v) - 0.75);
    case 'triangle':
      return Math.min((1 - v) / 2 - Math.abs(u), v + 1) / 1.5;
    case 'rectangle':
    case 'bar':
      return 1 - Math.max(Math.abs(u), Math.abs(v));
  }
}

/** A plain shape of one color, about `size` pixels wide: ellipse, rectangle, triangle, ring or bar. */
export function drawShape(random: Random, size: number): Sprite {
  const kind = pick(random, SHAPES);
  const stretch = kind === 'bar' ? between(random, 4, 12) : between(random, 0.6, 1.7);
  const [halfWidth, halfHeight] = [(size / 2) * Math.sqrt(stretch), size / 2 / Math.sqrt(stretch)];
  const angle = between(random, 0, Math.PI);
  const color = [wholeBetween(random, 0, 255), wholeBetween(random, 0, 255), wholeBetween(random, 0, 255)];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const width = Math.ceil(2 * (Math.abs(cos) * halfWidth + Math.abs(sin) * halfHeight)) + 2;
  const height = Math.ceil(2 * (Math.abs(sin) * halfWidth + Math.abs(cos) * halfHeight)) + 2;
  const pixels = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [dx, dy] = [x + 0.5 - width / 2, y + 0.5 - height / 2];
      const u = (cos * dx + sin * dy) / halfWidth;
      const v = (cos * dy - sin * dx) / halfHeight;
      // in pixels: one pixel of soft edge
      const alpha = Math.min(1, Math.max(0, insideOf(kind, u, v) * Math.min(halfWidth, halfHeight) + 0.5));
      const out = (y * width + x) * 4;
      for (let c = 0; c < 3; c++) pixels[out + c] = Math.round(color[c]! * alpha);
      pixels[out + 3] = Math.round(255 * alpha);
    }
  }
  return { pixels, width, height, solid: countSolid(pixels) };
}
