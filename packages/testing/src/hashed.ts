/** Numbers that Python and TypeScript make alike (tools/golden/hashed.py): weights and inputs of golden tests. */
import * as tf from '@tensorflow/tfjs-core';
import { expectClose } from './close.ts';

/** What of a detector's `ParameterSpec` gives a parameter its value. */
export interface HashedSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly layout: string;
}

/** In Jest's sandbox a look-up of a global costs a microsecond; this loop runs 34 million times. */
const { imul, abs } = Math;

function nameHash(name: string): number {
  let h = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) h = imul(h ^ byte, 0x01000193);
  return h >>> 0;
}

function hash(seed: number, index: number): number {
  let h = (seed + imul(index, 0x9e3779b9)) | 0;
  h ^= h >>> 16;
  h = imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = imul(h, 0xc2b2ae35);
  h ^= h >>> 16;
  return h >>> 0;
}

/** `[count]` values in [-1, 1). */
export function uniform(name: string, count: number): Float64Array {
  const seed = nameHash(name);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = hash(seed, i) / 2 ** 31 - 1;
  return values;
}

/** Draws of a test: a function of the name, and of how many were taken before. */
export interface Draws {
  /** Uniform in [low, high). */
  uniform(low: number, high: number): number;
  /** Normal, mean 0 and deviation 1. */
  normal: () => number;
  /** Uniform over 0 … n - 1. */
  integer(n: number): number;
}

/** The draws of a name, for inputs of tests; the generator of results is `randomStream` of @sed/geometry. */
export function draws(name: string): Draws {
  const seed = nameHash(name);
  let taken = 0;
  const next = (): number => hash(seed, taken++) / 2 ** 32;
  return {
    uniform: (low, high) => low + (high - low) * next(),
    // Box and Muller; 1 - u is never 0
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    integer: (n) => Math.floor(n * next()),
  };
}

/** So that some scores fire and boxes stay near their anchors. */
const GAINS: Record<string, number> = { cls_logits: 0.5, bbox_reg: 0.2, bbox_pred: 0.2, cls_score: 0.5 };

/** A live weight: He's scale for kernels, a norm's affine around 0.6, statistics around 0 and 1. */
function valueOf({ name, shape, layout }: HashedSpec, prefix: string): Float32Array {
  // value = offset + factor · u
  const around = (offset: number, factor: number): Float32Array => {
    const u = uniform(
      prefix + name,
      shape.reduce((a, b) => a * b, 1),
    );
    const values = new Float32Array(u.length);
    for (let i = 0; i < u.length; i++) values[i] = offset + factor * u[i]!;
    return values;
  };
  if (name.endsWith('running_mean')) return around(0, 0.1);
  if (name.endsWith('running_var')) return around(1, 0.5);
  if (shape.length === 1 && name.endsWith('weight')) return around(0.6, 0.2);
  if (name.endsWith('cls_logits.bias')) return around(-6, 0.5);
  if (shape.length === 1) return around(0, 0.1);
  const gain = GAINS[name.split('.').at(-2)!] ?? 1;
  if (shape.length === 2) return around(0, gain * Math.sqrt(6 / shape[0]!));
  const [kh, kw, inputs] = shape as [number, number, number];
  return around(0, gain * Math.sqrt(6 / (kh * kw * (layout === 'depthwise' ? 1 : inputs))));
}

/** Every parameter of a detector with its hashed value. A `prefix` gives other values. The caller owns the tensors. */
export function hashedParameters(specs: readonly HashedSpec[], prefix = ''): Map<string, tf.Tensor> {
  return new Map(specs.map((spec) => [spec.name, tf.tensor(valueOf(spec, prefix), [...spec.shape])]));
}

export interface Sample {
  readonly size: number;
  readonly sum: number;
  readonly absolute: number;
  readonly values: readonly number[];
}

/**
 * Checks values against a sample that Python took: some of them by place, and two sums over all.
 * @param tolerance relative to the largest sampled value (or the mean, if that is greater), and (for the sums) to the
 *   sum of absolute values
 */
export function expectSample(name: string, values: ArrayLike<number>, sample: Sample, tolerance: number): void {
  expect(values.length).toBe(sample.size);
  const seed = nameHash(`sample ${name}`);
  expect(sample.absolute).toBeGreaterThan(0);
  const scale = Math.max(sample.absolute / sample.size, ...sample.values.map(Math.abs));
  const found = sample.values.map((_, i) => values[hash(seed, i) % sample.size]!);
  expectClose(found, sample.values, { relative: 0, absolute: tolerance * scale });
  let sum = 0;
  let absolute = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i]!;
    absolute += abs(values[i]!);
  }
  expectClose([sum, absolute], [sample.sum, sample.absolute], { relative: 0, absolute: tolerance * sample.absolute });
}
