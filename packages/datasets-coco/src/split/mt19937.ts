const N = 624;
const M = 397;

/**
 * The Mersenne Twister as NumPy's legacy `RandomState(seed)` seeds and draws it (Matsumoto and Nishimura 1998,
 * `init_genrand`), because published splits are lists of its draws.
 */
export class Mt19937 {
  readonly #key = new Uint32Array(N);
  #position = N;

  /** @param seed whole number, 0 to 2³² − 1. */
  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
      throw new Error(`seed is ${seed}; NumPy's RandomState takes a whole number from 0 to 4294967295.`);
    }
    let value = seed >>> 0;
    for (let i = 0; i < N; i++) {
      this.#key[i] = value;
      value = (Math.imul(1812433253, value ^ (value >>> 30)) + i + 1) >>> 0;
    }
  }

  /** The next 32 bits. */
  next(): number {
    if (this.#position === N) this.#twist();
    let y = this.#key[this.#position++] as number;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  }

  /** A whole number from 0 to `max` inclusive, by masked rejection: NumPy's `random_interval` below 2³². */
  interval(max: number): number {
    if (max === 0) return 0;
    const mask = 0xffffffff >>> Math.clz32(max);
    for (;;) {
      const value = (this.next() & mask) >>> 0;
      if (value <= max) return value;
    }
  }

  #twist(): void {
    const key = this.#key;
    for (let i = 0; i < N; i++) {
      const y = ((key[i] as number) & 0x80000000) | ((key[(i + 1) % N] as number) & 0x7fffffff);
      key[i] = (key[(i + M) % N] as number) ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#position = 0;
  }
}

/** `numpy.random.RandomState(seed).permutation(items)`, to the item. */
export function numpyPermutation<T>(items: Iterable<T>, seed: number): T[] {
  const random = new Mt19937(seed);
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.interval(i);
    const item = order[i] as T;
    order[i] = order[j] as T;
    order[j] = item;
  }
  return order;
}

/**
 * `numpy.random.RandomState(seed).choice(range(count), size, replace)`, to the item and in its order. Without
 * replacement it is the beginning of the permutation; with replacement `randint(0, count)` draws each item.
 *
 * @param count whole number from 1 to 2³².
 */
export function numpyChoice(options: { count: number; size: number; seed: number; replace: boolean }): number[] {
  const { count, size, seed, replace } = options;
  if (!replace) {
    if (size > count) throw new Error(`${size} of ${count} cannot be drawn without replacement.`);
    return numpyPermutation(Array(count).keys(), seed).slice(0, size);
  }
  const random = new Mt19937(seed);
  return Array.from({ length: size }, () => random.interval(count - 1));
}
