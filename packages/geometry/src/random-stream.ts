/**
 * Seeded random numbers that are a function of a seed and a path of names, so that a draw never depends on what was
 * drawn elsewhere: `randomStream(seed, 'strong-view', step, index)`. Only integer operations and the exactly rounded +
 * - * / √ are used, so that every JavaScript engine gives the same numbers.
 *
 * The generator is sfc32 (Chris Doty-Humphrey's PractRand, public domain; 2^128 states), its state the 128-bit hash
 * cyrb128 (bryc, public domain) of the path.
 */

/** A stream of draws. Every method takes the next numbers of the same stream. */
export interface RandomStream {
  /** Uniform in [0, 1), a multiple of 2^-32. */
  next: () => number;
  /** Uniform in [low, high). */
  uniform: (low: number, high: number) => number;
  /** Normal, mean 0 and deviation 1. */
  normal: () => number;
  /** Uniform over 0 … n - 1, for an integer n in 1 … 2^32. */
  integer: (n: number) => number;
  /** A uniformly drawn order of 0 … n - 1. */
  permutation: (n: number) => Int32Array;
}

/**
 * The stream named by a seed and a path. The same arguments give the same stream; the number 1 and the string '1' name
 * different ones.
 * @throws Error where the seed or a number of the path is not finite
 */
export function randomStream(seed: number, ...path: readonly (string | number)[]): RandomStream {
  for (const part of [seed, ...path]) {
    if (typeof part === 'number' && !Number.isFinite(part)) {
      throw new Error(
        `randomStream: the seed and the numbers of the path must be finite, got ${[seed, ...path].join(', ')}`,
      );
    }
  }
  const next32 = sfc32(hash128(JSON.stringify([seed, ...path])));
  let spare: number | undefined;

  const next = (): number => next32() / 4294967296;
  const integer = (n: number): number => {
    if (!(Number.isInteger(n) && n >= 1 && n <= 4294967296)) {
      throw new Error(`integer(n): n must be an integer in 1 … 2^32, got ${n}`);
    }
    // The last, incomplete run of n among the 2^32 values would favor small results.
    const limit = 4294967296 - (4294967296 % n);
    let value = next32();
    while (value >= limit) value = next32();
    return value % n;
  };
  const normal = (): number => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    // Marsaglia's polar method: the direction of a point in the disc is uniform, its squared length gives the radius.
    let x = 0;
    let y = 0;
    let square = 0;
    do {
      x = 2 * next() - 1;
      y = 2 * next() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square === 0);
    const factor = Math.sqrt((-2 * logarithm(square)) / square);
    spare = y * factor;
    return x * factor;
  };
  const permutation = (n: number): Int32Array => {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = integer(i + 1);
      const kept = order[i]!;
      order[i] = order[j]!;
      order[j] = kept;
    }
    return order;
  };
  return { next, uniform: (low, high) => low + (high - low) * next(), normal, integer, permutation };
}

/**
 * ln x for 0 < x < 1. Math.log may differ in the last bit between engines; this uses exactly rounded operations only.
 */
function logarithm(x: number): number {
  let mantissa = x;
  let exponent = 0;
  while (mantissa < Math.SQRT1_2) {
    mantissa *= 2;
    exponent--;
  }
  // ln m = 2 artanh((m - 1) / (m + 1)); |z| < 0.172, so z^23 is below the last bit.
  const z = (mantissa - 1) / (mantissa + 1);
  const z2 = z * z;
  let series = 0;
  for (let k = 23; k >= 1; k -= 2) series = series * z2 + 1 / k;
  return 2 * z * series + exponent * Math.LN2;
}

type State = [number, number, number, number];

function sfc32(state: State): () => number {
  let [a, b, c, d] = state;
  const draw = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  for (let i = 0; i < 12; i++) draw();
  return draw;
}

function hash128(text: string): State {
  let h1 = 1779033703;
  let h2 = 3144134277;
  let h3 = 1013904242;
  let h4 = 2773480762;
  for (let i = 0; i < text.length; i++) {
    const k = text.charCodeAt(i);
    h1 = h2 ^ Math.imul(h1 ^ k, 597399067);
    h2 = h3 ^ Math.imul(h2 ^ k, 2869860233);
    h3 = h4 ^ Math.imul(h3 ^ k, 951274213);
    h4 = h1 ^ Math.imul(h4 ^ k, 2716044179);
  }
  h1 = Math.imul(h3 ^ (h1 >>> 18), 597399067);
  h2 = Math.imul(h4 ^ (h2 >>> 22), 2869860233);
  h3 = Math.imul(h1 ^ (h3 >>> 17), 951274213);
  h4 = Math.imul(h2 ^ (h4 >>> 19), 2716044179);
  h1 ^= h2 ^ h3 ^ h4;
  return [h1 >>> 0, (h2 ^ h1) >>> 0, (h3 ^ h1) >>> 0, (h4 ^ h1) >>> 0];
}
