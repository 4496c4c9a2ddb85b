/**
 * Which images a step sees: endless shuffled passes, as a pure function of the seed, the stream's name and the
 * position.
 */
import { randomStream } from '@sed/geometry';

export interface Sampler {
  /** Number of items. */
  readonly size: number;
  /**
   * The item at a position (0, 1, 2, …) of the endless sequence: every pass over the items is a permutation of its own.
   */
  at(position: number): number;
}

/**
 * Fewer items than a batch has places is no hindrance: they come several times in it, each time with other draws of the
 * views.
 */
export function createSampler(size: number, seed: number, stream: string): Sampler {
  if (!(size > 0)) throw new Error(`The sampler "${stream}" has no items; it needs at least one image.`);
  let pass = -1;
  let order: Int32Array = new Int32Array(0);
  return {
    size,
    at(position) {
      const wanted = Math.floor(position / size);
      if (wanted !== pass) {
        order = randomStream(seed, stream, wanted).permutation(size);
        pass = wanted;
      }
      return order[position - wanted * size]!;
    },
  };
}
