import { numpyChoice } from './mt19937.ts';

/**
 * The ways in which "p % of COCO, fold k" is drawn in public code. They give different images, so a result says which.
 *
 * | variant | seed | draw, over positions in the file |
 * | --- | --- | --- |
 * | `exact` | fold | without replacement: exactly int(p / 100 · n) images |
 * | `stac` | fold | with replacement, as STAC's released script does: about p/2 % fewer images |
 * | `mmdetection` | fold | the same call as STAC's, the same images |
 * | `soft-teacher` | fold + offset | without replacement; the published shell script takes a random offset |
 */
export type DrawnVariant = 'exact' | 'stac' | 'mmdetection' | 'soft-teacher';

/** What is drawn, and from what. */
export interface CocoStandardOptions {
  /** Images in the file. */
  readonly count: number;
  /** Above 0, at most 100. */
  readonly percent: number;
  /** Whole number from 0; published results are means over 1 to 5. */
  readonly fold: number;
  /** Default `exact`. */
  readonly variant?: DrawnVariant;
  /** Of `soft-teacher` only: its `--seed-offset`. */
  readonly offset?: number;
}

/**
 * Positions of the labeled images in the file, rising. Equal to
 * `numpy.random.seed(seed); numpy.random.choice(range(n), size=int(p / 100. * n), replace=…)` and `set` of it, which is
 * what google-research/ssl_detection (`stac`), open-mmlab/mmdetection and microsoft/SoftTeacher do in their scripts.
 */
export function cocoStandardPositions(options: CocoStandardOptions): number[] {
  const { count, percent, variant = 'exact' } = options;
  const size = labeledCount(count, percent);
  const replace = variant === 'stac' || variant === 'mmdetection';
  const drawn = numpyChoice({ count, size, seed: seedOf(options), replace });
  return [...new Set(drawn)].sort((a, b) => a - b);
}

/** The seed of NumPy that a fold of a variant stands for. */
export function seedOf({ fold, variant, offset }: CocoStandardOptions): number {
  if (variant !== 'soft-teacher') {
    if (offset !== undefined) throw new Error(`offset belongs to soft-teacher; ${variant ?? 'exact'} has none.`);
    return fold;
  }
  if (offset === undefined) {
    throw new Error(
      "soft-teacher needs its offset: Soft Teacher's script adds one $RANDOM to all seeds, so its folds cannot be rebuilt without it. " +
        'Give the offset that was used, 0 for the script called without one.',
    );
  }
  return fold + offset;
}

/** `int(percent / 100. * count)`, in Python's order of operations: 29 % of 100 is 28. */
export function labeledCount(count: number, percent: number): number {
  if (!(percent > 0 && percent <= 100)) throw new Error(`percent is ${percent}; it must be above 0 and at most 100.`);
  const size = Math.trunc((percent / 100) * count);
  if (size === 0) {
    throw new Error(
      `${percent} % of ${count} images is less than one image: take at least ${(100 / count).toPrecision(3)} %.`,
    );
  }
  return size;
}
