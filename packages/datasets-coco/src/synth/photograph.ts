/** What a camera does to a scene, in place: uneven light, a color cast, a soft lens, grain. */

import { noiseField } from './background.ts';
import { between, type Random } from './random.ts';

/** Light that changes slowly over the image, by up to `strength` either way, and one gain a channel. */
function light(random: Random, pixels: Uint8ClampedArray, width: number, height: number): void {
  const strength = between(random, 0, 0.5);
  const exposure = between(random, 0.8, 1.15);
  const gains = [0, 1, 2].map(() => exposure * between(random, 0.92, 1.08));
  const field = noiseField(random, width, height, Math.max(width, height), 1);
  for (let i = 0; i < field.length; i++) {
    const factor = 1 + strength * (field[i]! - 0.5);
    for (let c = 0; c < 3; c++) pixels[3 * i + c] = pixels[3 * i + c]! * factor * gains[c]!;
  }
}

/** One pass of 1 2 1 along rows and columns: a blur of σ ≈ 0.7 pixels. */
function soften(pixels: Uint8ClampedArray, width: number, height: number): void {
  const stride = width * 3;
  const copy = pixels.slice();
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < stride; i++) {
      const at = y * stride + i;
      const left = i < 3 ? at : at - 3;
      const right = i >= stride - 3 ? at : at + 3;
      copy[at] = (pixels[left]! + 2 * pixels[at]! + pixels[right]! + 2) >> 2;
    }
  }
  for (let y = 0; y < height; y++) {
    const above = y === 0 ? 0 : -stride;
    const below = y === height - 1 ? 0 : stride;
    for (let i = 0; i < stride; i++) {
      const at = y * stride + i;
      pixels[at] = (copy[at + above]! + 2 * copy[at]! + copy[at + below]! + 2) >> 2;
    }
  }
}

/**
 * Grain of standard deviation `sigma`: the sum of two uniforms, from xorshift32, since a scene needs a quarter of a
 * million.
 */
function grain(random: Random, pixels: Uint8ClampedArray, sigma: number): void {
  let state = 1 + Math.floor(random() * 0xfffffffe);
  const unit = (sigma * Math.sqrt(6)) / 65536;
  for (let i = 0; i < pixels.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    pixels[i] = pixels[i]! + ((state & 0xffff) + (state >>> 16) - 65535) * unit;
  }
}

/** Changes `pixels` in place. */
export function photograph(random: Random, pixels: Uint8ClampedArray, width: number, height: number): void {
  light(random, pixels, width, height);
  const softness = random() < 0.4 ? 0 : random() < 0.7 ? 1 : 3;
  for (let i = 0; i < softness; i++) soften(pixels, width, height);
  if (random() < 0.7) grain(random, pixels, between(random, 1, 10));
}
