import { decodeImage } from './decode.ts';
import type { DecodedImage } from './decoded-image.ts';

/** Decoded images kept in memory. The images it gives are shared: read their pixels, never write them. */
export interface ImageCache {
  /**
   * The image at this path, decoded at most once while it stays in the cache; requests that overlap share one decoding.
   */
  get: (path: string) => Promise<DecodedImage>;
  /** Bytes of pixels held now; never more than the bound. */
  readonly bytes: number;
  /** Images held now. */
  readonly size: number;
  readonly hits: number;
  readonly misses: number;
  /** Forgets all images. */
  clear(): void;
}

/**
 * A cache of decoded images that keeps the most recently used ones up to a bound.
 *
 * @param options.megabytes bound on the pixels held, in units of 2²⁰ bytes; 0 keeps nothing but still shares
 *   overlapping requests.
 * @param options.decode how to decode; {@link decodeImage} by default.
 */
export function createImageCache(options: {
  megabytes: number;
  decode?: (path: string) => Promise<DecodedImage>;
}): ImageCache {
  const { megabytes, decode = decodeImage } = options;
  if (!(megabytes >= 0)) throw new Error(`megabytes is ${megabytes}; the cache's bound must be 0 or more.`);
  const bound = megabytes * 2 ** 20;
  // A Map keeps insertion order: the first key is the least recently used.
  const held = new Map<string, DecodedImage>();
  const pending = new Map<string, Promise<DecodedImage>>();
  let bytes = 0;
  let hits = 0;
  let misses = 0;
  let generation = 0;

  const keep = (path: string, image: DecodedImage) => {
    if (image.pixels.byteLength > bound) return;
    held.set(path, image);
    bytes += image.pixels.byteLength;
    for (const [oldest, { pixels }] of held) {
      if (bytes <= bound) break;
      held.delete(oldest);
      bytes -= pixels.byteLength;
    }
  };

  const load = async (path: string) => {
    const born = generation;
    try {
      const image = await decode(path);
      if (born === generation) keep(path, image);
      return image;
    } finally {
      if (born === generation) pending.delete(path);
    }
  };

  return {
    async get(path) {
      const image = held.get(path);
      if (image !== undefined) {
        hits++;
        held.delete(path);
        held.set(path, image);
        return image;
      }
      const underWay = pending.get(path);
      if (underWay !== undefined) {
        hits++;
        return underWay;
      }
      misses++;
      const started = load(path);
      pending.set(path, started);
      return started;
    },
    get bytes() {
      return bytes;
    },
    get size() {
      return held.size;
    },
    get hits() {
      return hits;
    },
    get misses() {
      return misses;
    },
    clear() {
      generation++;
      held.clear();
      pending.clear();
      bytes = 0;
    },
  };
}
