import type { Dataset } from '../types.ts';
import { subset, withoutAnnotations } from './subset.ts';
import { numpyPermutation } from './mt19937.ts';

/** The two parts of a split data set. */
export interface Split {
  /** The labeled images, in id order. */
  readonly labeled: Dataset;
  /** All other images, without their annotations. */
  readonly unlabeled: Dataset;
  /**
   * The images of `unlabeled` with the annotations they had: only for telemetry of pseudo-labels, never for training.
   */
  readonly hidden: Dataset;
  /** Ids of the labeled images, in the order they were drawn. */
  readonly labeledIds: readonly number[];
}

/**
 * The usual split: `numpy.random.RandomState(fold).permutation(sorted ids)[: int(n · percent / 100)]` is labeled. The
 * same fold gives the same images here, in NumPy and on every machine.
 *
 * @param percent above 0, at most 100; at least one image must be labeled.
 * @param fold the seed, a whole number from 0.
 */
export function splitByFraction(options: { dataset: Dataset; percent: number; fold: number }): Split {
  const { dataset, percent, fold } = options;
  if (!(percent > 0 && percent <= 100)) throw new Error(`percent is ${percent}; it must be above 0 and at most 100.`);
  const ids = dataset.images.map((image) => image.id).sort((a, b) => a - b);
  const count = Math.floor((ids.length * percent) / 100);
  if (count === 0) {
    throw new Error(
      `${percent} % of the ${ids.length} images of ${dataset.source} is less than one image: take at least ${(100 / ids.length).toPrecision(3)} %.`,
    );
  }
  return partition(dataset, numpyPermutation(ids, fold).slice(0, count), `${percent} %, fold ${fold}`);
}

/** The images with these ids labeled, the others not. */
export function partition(dataset: Dataset, labeledIds: readonly number[], what: string): Split {
  const labeled = new Set(labeledIds);
  const rest = dataset.images.map(({ id }) => id).filter((id) => !labeled.has(id));
  const hidden = subset(dataset, rest, `${dataset.source} (rest of ${what})`);
  return {
    labeled: subset(dataset, labeledIds, `${dataset.source} (${what})`),
    unlabeled: withoutAnnotations(hidden),
    hidden,
    labeledIds,
  };
}
