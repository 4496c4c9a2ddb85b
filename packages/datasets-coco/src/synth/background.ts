/** What lies behind a scene: gradients, noise, stripes, patterns, blobs, patches, a horizon. RGB rows, 8 bits. */

import { between, logBetween, pick, wholeBetween, type Random } from './random.ts';

type Color = readonly [number, number, number];

/** A color by hue (turns), saturation and value (0..1). */
function hsv(hue: number, saturation: number, value: number): Color {
  const channel = (n: number) => {
    const k = (n + hue * 6) % 6;
    return 255 * (value - value * saturation * Math.max(0, Math.min(k, 4 - k, 1)));
  };
  return [channel(5), channel(3), channel(1)];
}

/** Colors that go together: neighboring hues, now and then a stranger. */
function palette(random: Random, count: number): Color[] {
  const base = random();
  const spread = random() < 0.3 ? 1 : 0.15;
  const [dull, light] = [between(random, 0.05, 0.75), between(random, 0.35, 0.95)];
  return Array.from({ length: count }, () =>
    hsv(
      (base + spread * (random() - 0.5) + 1) % 1,
      Math.min(1, dull * between(random, 0.5, 1.3)),
      Math.min(1, light * between(random, 0.55, 1.15)),
    ),
  );
}

/** Smooth noise in 0..1: random values on a lattice of `cell` pixels, and on finer ones with falling weight. */
export function noiseField(random: Random, width: number, height: number, cell: number, octaves: number): Float32Array {
  const field = new Float32Array(width * height);
  let total = 0;
  for (
    let octave = 0, weight = 1, step = cell;
    octave < octaves;
    octave++, weight *= 0.55, step = Math.max(1, step / 2)
  ) {
    const columns = Math.ceil(width / step) + 2;
    const rows = Math.ceil(height / step) + 2;
    const lattice = Float32Array.from({ length: columns * rows }, random);
    const [shiftX, shiftY] = [random(), random()];
    for (let y = 0; y < height; y++) {
      const v = y / step + shiftY;
      const row = Math.floor(v);
      const fy = smooth(v - row);
      for (let x = 0; x < width; x++) {
        const u = x / step + shiftX;
        const column = Math.floor(u);
        const fx = smooth(u - column);
        const at = row * columns + column;
        const above = lattice[at]! + (lattice[at + 1]! - lattice[at]!) * fx;
        const below = lattice[at + columns]! + (lattice[at + columns + 1]! - lattice[at + columns]!) * fx;
        field[y * width + x]! += weight * (above + (below - above) * fy);
      }
    }
    total += weight;
  }
  for (let i = 0; i < field.length; i++) field[i]! /= total;
  return field;
}

function smooth(t: number): number {
  return t * t * (3 - 2 * t);
}

/** Sets every pixel to its place (0..1) on a ramp of colors. */
function ramp(pixels: Uint8ClampedArray, field: Float32Array, colors: readonly Color[]): void {
  const steps = colors.length - 1;
  for (let i = 0; i < field.length; i++) {
    const place = Math.min(0.99999, Math.max(0, field[i]!)) * steps;
    const index = Math.floor(place);
    const rest = place - index;
    const [from, to] = [colors[index]!, colors[index + 1]!];
    pixels[3 * i] = from[0] + (to[0] - from[0]) * rest;
    pixels[3 * i + 1] = from[1] + (to[1] - from[1]) * rest;
    pixels[3 * i + 2] = from[2] + (to[2] - from[2]) * rest;
  }
}

/** `value(x, y)` at every pixel. */
function fieldOf(width: number, height: number, value: (x: number, y: number) => number): Float32Array {
  const field = new Float32Array(width * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) field[y * width + x] = value(x, y);
  return field;
}

function gradient(random: Random, width: number, height: number, pixels: Uint8ClampedArray): void {
  const angle = between(random, 0, 2 * Math.PI);
  const [dx, dy] = [Math.cos(angle) / width, Math.sin(angle) / height];
  const bend = noiseField(random, width, height, width / 2, 1);
  const field = fieldOf(width, height, (x, y) => 0.5 + 0.8 * ((x - width / 2) * dx + (y - height / 2) * dy));
  for (let i = 0; i < field.length; i++) field[i]! += 0.3 * (bend[i]! - 0.5);
  ramp(pixels, field, palette(random, wholeBetween(random, 2, 3)));
}

function noise(random: Random, width: number, height: number, pixels: Uint8ClampedArray): void {
  const field = noiseField(random, width, height, logBetween(random, 4, width / 3), wholeBetween(random, 2, 5));
  const contrast = between(random, 1, 2.5);
  for (let i = 0; i < field.length; i++) field[i] = 0.5 + contrast * (field[i]! - 0.5);
  ramp(pixels, field, palette(random, wholeBetween(random, 2, 4)));
}

function stripes(random: Random, width: number, height: number, pixels: Uint8ClampedArray): void {
  const angle = between(random, 0, Math.PI);
  const period = logBetween(random, 5, width / 4);
  const [dx, dy] = [Math.cos(angle) / period, Math.sin(angle) / period];
  const warp = noiseField(random, width, height, width / 3, 2);
  const bend = random() < 0.5 ? 0 : between(random, 0.5, 4);
  const sharpness = logBetween(random, 0.6, 6);
  const field = fieldOf(
    width,
    height,
    (x, y) => 0.5 + 0.5 * sharpness * Math.sin(2 * Math.PI * (x * dx + y * dy + bend * warp[y * width + x]!)),
  );
  ramp(pixels, field, palette(random, 2));
}

function pattern(random: Random, width: number, height: number, pixels: Uint8ClampedArray): void {
  const angle = between(random, 0, Math.PI);
  const period = logBetween(random, 10, width / 5);
  const [cos, sin] = [Math.cos(angle) / period, Math.sin(angle) / period];
  const kind = pick(random, ['checks', 'dots', 'bricks'] as const);
  const radius = between(random, 0.2, 0.42);
  const field = fieldOf(width, height, (x, y) => {
    const [u, v] = [x * cos + y * sin, y * cos - x * sin];
    const row = Math.floor(v);
    if (kind === 'checks') return (((Math.floor(u) + row) % 2) + 2) % 2;
    if (kind === 'dots')
      return Math.min(1, Math.max(0, (radius - Math.hypot(u - Math.floor(u) - 0.5, v - row - 0.5)) * period + 0.5));
    const along = u / 2 + (row % 2) / 2;
    return v - row < 0.12 || along - Math.floor(along) < 0.06 ? 1 : 0;
  });
  ramp(pixels, field, palette(random, 2));
}

function blobs(random: Random, width: number, height: number, pixels: Uint8ClampedArray): void {
  noise(random, width, height, pixels);
  const colors = palette(random, 4);
  for (let i = wholeBetween(random, 6, 24); i > 0; i--) {
    const [cx, cy, radius] = [random() * width, random() * height, logBetween(random, width / 40, width / 4)];
    const [color, softness, strength] = [
      pick(random, colors),
      between(random, 0.5, radius / 2),
      between(random, 0.4, 1),
    ];
    const [left, right] = [Math.max(0, Math.floor(cx - radius)), Math.min(width, Math.ceil(cx + radius))];
    const [top, bottom] = [Math.max(0, Math.floor(cy - radius)), Math.min(height, Math.ceil(cy + radius))];
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const alpha = strength * Math.min(1, Math.max(0, (radius - Math.hypot(x - cx, y - cy)) / softness));
        const at = (y * width + x) * 3;
        for (let c = 0; c < 3; c++) pixels[at + c] = pixels[at + c]! * (1 - alpha) + color[c]! * alpha;
      }
    }
  }
}

function patches(random: Random, width: number, height: number, pixels: Uint8ClampedArray): void {
  const colors = palette(random, wholeBetween(random, 3, 6));
  const seeds = Array.from({ length: wholeBetween(random, 5, 14) }, () => ({
    x: random() * width,
    y: random() * height,
    color: pick(random, colors),
  }));
  const wobble = noiseField(random, width, height, width / 12, 2);
  const strength = between(random, 0, width / 5);
  const texture = noiseField(random, width, height, between(random, 3, 20), 2);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const shift = strength * (wobble[y * width + x]! - 0.5);
      let nearest = seeds[0]!;
      let least = Infinity;
      for (const seed of seeds) {
        const distance = (x + shift - seed.x) ** 2 + (y - shift - seed.y) ** 2;
        if (distance < least) [least, nearest] = [distance, seed];
      }
      const light = 0.75 + 0.5 * texture[y * width + x]!;
      const at = (y * width + x) * 3;
      for (let c = 0; c < 3; c++) pixels[at + c] = nearest.color[c]! * light;
    }
  }
}

function horizon(random: Random, width: number, height: number, pixels: Uint8ClampedArray): void {
  const sky = palette(random, 2);
  const ground = palette(random, 3);
  const line = between(random, 0.3, 0.7) * height;
  const ridge = noiseField(random, width, 1, width / 4, 4);
  const relief = between(random, 0, 0.4) * height;
  const texture = noiseField(random, width, height, between(random, 6, 40), 4);
  const lower = new Uint8ClampedArray(pixels.length);
  ramp(lower, texture, ground);
  ramp(
    pixels,
    fieldOf(width, height, (x, y) => y / height + 0.25 * (texture[y * width + x]! - 0.5)),
    sky,
  );
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (y < line + relief * (ridge[x]! - 0.5)) continue;
      const at = (y * width + x) * 3;
      for (let c = 0; c < 3; c++) pixels[at + c] = lower[at + c]!;
    }
  }
}

const KINDS = [gradient, noise, noise, stripes, pattern, blobs, patches, horizon] as const;

/** A background of a kind drawn at random. */
export function drawBackground(random: Random, width: number, height: number): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray(width * height * 3);
  pick(random, KINDS)(random, width, height, pixels);
  return pixels;
}
