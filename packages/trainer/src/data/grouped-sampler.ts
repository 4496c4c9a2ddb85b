/**
 * Aspect-ratio grouping: batches hold images of one orientation, so that little of a padded batch is padding. Two
 * groups, wide (width ≥ height) and tall, as detectron2's AspectRatioGroupedDataset has; torchvision's references bin
 * finer.
 *
 * Detectron2 fills a bucket for each group and empties it when it holds a batch, so that what comes next depends on all
 * that came before. Here every position is a function of (seed, position): each group has endless shuffled passes of
 * its own, and batch b of the sequence is a tall one where ⌊(b + 1) r + c⌋ > ⌊b r + c⌋, with r the share of tall images
 * and c drawn from the seed. After b batches each group has given within one batch of its share, so that all images are
 * seen equally often: of one group to within one time, and over both to within a batch. No image is left out, and none
 * comes a second time before all of its group have come; a group smaller than a batch fills one with repetitions, as a
 * bucket does in the end.
 */
import { randomStream } from '@sed/geometry';
import { createSampler, type Sampler } from './sampler.ts';

/** A size in pixels, where it is known. */
interface Sized {
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}

/** Whether an image counts as tall; one of unknown size counts as wide. */
export function isTall({ width, height }: Sized): boolean {
  return width !== undefined && height !== undefined && height > width;
}

/**
 * @param batch images that are padded to one size: positions `k · batch … (k + 1) · batch − 1` are of one orientation
 * @returns {@link createSampler}'s own sequence where all images lie one way or a batch is one image
 */
export function createGroupedSampler(images: readonly Sized[], batch: number, seed: number, stream: string): Sampler {
  const tall = images.flatMap((image, i) => (isTall(image) ? [i] : []));
  const wide = images.flatMap((image, i) => (isTall(image) ? [] : [i]));
  if (batch === 1 || tall.length === 0 || wide.length === 0) return createSampler(images.length, seed, stream);
  const offset = randomStream(seed, stream, 'groups').next();
  /**
   * Tall batches before batch `b`. In whole numbers over the common denominator, so that no rounding ever drops one.
   */
  const shift = Math.floor(offset * images.length);
  const tallBefore = (b: number) => Math.floor((b * tall.length + shift) / images.length);
  const groups = {
    tall: { items: tall, order: createSampler(tall.length, seed, `${stream}-tall`) },
    wide: { items: wide, order: createSampler(wide.length, seed, `${stream}-wide`) },
  };
  return {
    size: images.length,
    at(position) {
      const b = Math.floor(position / batch);
      const before = tallBefore(b);
      const isTallBatch = tallBefore(b + 1) > before;
      const { items, order } = groups[isTallBatch ? 'tall' : 'wide'];
      const index = isTallBatch ? before : b - before;
      return items[order.at(index * batch + (position - b * batch))]!;
    },
  };
}
