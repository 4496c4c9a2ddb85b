/** How far the scores of an image and of its reduced copy are apart (the paper's Fig 2b). */
import { testView, type View } from '@sed/augment';
import { decodeImage, type ImageRecord } from '@sed/datasets-coco';
import { prefetch } from '@sed/datasets-coco/image';
import { imageBatch, reduceBatch, type Detector, type Parameters, type PredictionPair } from '@sed/detectors';
import { highestClassProbability } from '@sed/losses';
import { scoped } from '@sed/methods';
import * as tf from '@tensorflow/tfjs-core';
import type { RunConfig } from '../config/schema.ts';
import { objectsOf } from '../data/open.ts';
import { batchingFor } from '../run/predict.ts';
import { createDistanceCounter, type DistanceCounter, type DistanceGroups } from './distances.ts';

export interface ScoreDistanceOptions {
  /** Sizes and normalization: those of training. */
  readonly input: RunConfig['input'];
  /** s: the reduced view is 1/2^s. Default 1. */
  readonly shift?: number;
  /** Equal bins over [0, 1]. Default 20. */
  readonly bins?: number;
  readonly signal?: AbortSignal;
  /** Told of an image that cannot be read, which is then left out; without it, such an image is an error. */
  readonly onUnreadable?: (image: ImageRecord, error: Error) => void;
  readonly onProgress?: (done: number, images: number) => void;
}

export interface PairDistances extends DistanceGroups {
  /** `dense`, or `rpn` and `roi`. */
  readonly pair: string;
  /**
   * By the full view's pyramid level f; its rows are compared with level f - s of the reduced view. Empty for regions.
   */
  readonly levels: readonly (DistanceGroups & { readonly level: number; readonly partner: number })[];
}

export interface ScoreDistances {
  /** Images that were read. */
  readonly images: number;
  readonly shift: number;
  /** Ends of the bins, `bins + 1` of them. */
  readonly edges: readonly number[];
  readonly pairs: readonly PairDistances[];
}

/** Images decoded ahead. */
const AHEAD = 4;

/**
 * For every anchor (and region) that scale consistency pairs between X, at the size of testing, and X̂, 1/2^s of it:
 * |s(X) - s(X̂)|, where the score s is the highest class probability, background not counted. Rows are foreground where
 * the matching of training gives them an object of X. One image at a time, padded as training pads it: what is held
 * does not grow with their number.
 * @throws the signal's reason where it aborts; Error for a detector that cannot say which rows are foreground
 */
export async function scoreDistances<F extends object>(
  detector: Detector<F>,
  parameters: Parameters,
  images: readonly ImageRecord[],
  options: ScoreDistanceOptions,
): Promise<ScoreDistances> {
  const { input, shift = 1, bins = 20, signal, onProgress } = options;
  if (!detector.matchScalePairs) throw new Error(`${detector.name} does not say which of its rows are foreground.`);
  const { resize, antialias, minimumBoxSize } = input;
  const load = async (image: ImageRecord): Promise<View | undefined> => {
    try {
      return testView(await decodeImage(image.path), { resize, antialias, minimumBoxSize }, objectsOf(image));
    } catch (error) {
      if (!options.onUnreadable) throw error;
      options.onUnreadable(image, error as Error);
      return undefined;
    }
  };
  const counters = new Map<string, DistanceCounter>();
  let [done, read] = [0, 0];
  for await (const view of prefetch(images, load, { ahead: AHEAD, ...(signal ? { signal } : {}) })) {
    if (view) {
      scoped(() => {
        const batch = imageBatch([view], batchingFor([view], input, detector, shift));
        const full = detector.forward(parameters, batch);
        const reduced = detector.forward(parameters, reduceBatch(batch, shift));
        const matches = detector.matchScalePairs!(full, reduced, shift, [view]);
        for (const pair of detector.scalePairs(full, reduced, shift)) {
          const counter = counters.get(pair.name) ?? createDistanceCounter(bins);
          counters.set(pair.name, counter);
          counter.add(
            distancesOf(pair),
            matches.find(({ name }) => name === pair.name)!,
          );
        }
      });
      read++;
    }
    onProgress?.(++done, images.length);
    await new Promise(setImmediate); // lets signals and the decoder's results in
  }
  return {
    images: read,
    shift,
    edges: Array.from({ length: bins + 1 }, (_, i) => i / bins),
    pairs: [...counters].map(([pair, counter]): PairDistances => {
      const { levels, ...groups } = counter.result(read);
      return { pair, ...groups, levels: levels.map((l) => ({ ...l, partner: l.level - shift })) };
    }),
  };
}

/** |s(a) - s(b)| by row. */
function distancesOf({ a, b, activation }: PredictionPair): Float32Array {
  if (a.logits.shape[0] === 0) return new Float32Array(0);
  return tf.tidy(() => {
    const [full, reduced] = [a, b].map(({ logits }) => highestClassProbability(logits, activation));
    return tf.abs(tf.sub(full!, reduced!)).dataSync<'float32'>();
  });
}
