/** A draw in [0, 1). */
export type Random = () => number;

/**
 * The stream of draws that belongs to `seed` and `path`, e.g. `randomStream(7, 'train', 12)`: the same arguments give
 * the same draws, others independent ones. The key is hashed (FNV-1a, then splitmix32) into the state of sfc32 (C.
 * Doty-Humphrey, PractRand).
 */
export function randomStream(seed: number, ...path: readonly (string | number)[]): Random {
  let hash = 0x811c9dc5;
  for (const character of JSON.stringify([seed, ...path])) {
    hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  }
  const mix = () => {
    hash = (hash + 0x9e3779b9) | 0;
    let z = hash ^ (hash >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return z ^ (z >>> 15);
  };
  let [a, b, c, counter] = [mix(), mix(), mix(), 1];
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}

/** Uniform in [low, high). */
export function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random();
}

/** In [low, high) with a uniform logarithm; low > 0. */
export function logBetween(random: Random, low: number, high: number): number {
  return Math.exp(between(random, Math.log(low), Math.log(high)));
}

/** A whole number in low..high, both included. */
export function wholeBetween(random: Random, low: number, high: number): number {
  return low + Math.floor(random() * (high - low + 1));
}

/** One of `items` (not empty). */
export function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)]!;
}
