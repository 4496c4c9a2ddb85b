/** How many predictions have which gradient length, and what they contribute to the gradient (the paper's Fig 4). */
import { mapBetween } from '@sed/geometry';
import type { View } from '@sed/augment';
import type { ImageRecord } from '@sed/datasets-coco';
import { prefetch } from '@sed/datasets-coco/image';
import { imageBatch, reduceBatch, type Detector, type Parameters, type PredictionPair } from '@sed/detectors';
import { gradientContributions } from '@sed/losses';
import * as tf from '@tensorflow/tfjs-core';
import { scoped } from '@sed/methods';
import { methodPlan, type Methods } from '../config/method-plan.ts';
import type { RunConfig } from '../config/schema.ts';
import { viewMakerOf } from '../data/loader.ts';
import { createGroupedSampler } from '../data/grouped-sampler.ts';
import { createSampler } from '../data/sampler.ts';
import { workersOf } from '../pipeline/maker.ts';
import { batchingFor } from '../run/predict.ts';

export interface GradientOptions {
  /** Images to look at, in whole steps. */
  readonly images: number;
  /** The first step whose views are made; the views of a step are those of training. Default 0. */
  readonly from?: number;
  /** Images of a step, over which the rows are counted. Default: those that a run computes at once. */
  readonly batch?: number;
  /** s: the reduced view is 1/2^s. Default 1. */
  readonly shift?: number;
  /** M of Eq 5. Default 10. */
  readonly bins?: number;
  /** Methods that the run's config may name. Default: the standard ones. */
  readonly methods?: Methods;
  readonly signal?: AbortSignal;
  /** Told of a file that cannot be read, which is then left out of its step. Without it, such a file is an error. */
  readonly onUnreadable?: (path: string, reason: string) => void;
  readonly onProgress?: (done: number, images: number) => void;
}

/** One loss on one pair of predictions. */
export interface GradientTerm {
  readonly loss: 'distillation' | 'scale';
  /** `dense`, or `rpn` and `roi`. */
  readonly pair: string;
  readonly activation: 'softmax' | 'sigmoid';
  /** Rows an image, by bin of g. */
  readonly samples: readonly number[];
  /**
   * By bin, what its rows contribute to the L1 norm of the gradient of the loss with respect to the student's logits
   * (in scale consistency, of each view), a step on average: Σ g / N, and Σ g / (M R_j) with Eq 5's weights.
   */
  readonly uniform: readonly number[];
  readonly reweighted: readonly number[];
}

export interface GradientAnalysis {
  /**
   * Images whose views were made, in `steps` steps of `batch`: in training's order, so one may come again where a new
   * pass over them begins.
   */
  readonly images: number;
  readonly steps: number;
  readonly batch: number;
  readonly shift: number;
  /** Ends of the bins of g, `bins + 1` of them; a longer g is in the last. */
  readonly edges: readonly number[];
  readonly terms: readonly GradientTerm[];
}

/** Steps whose images are made ready ahead. */
const AHEAD = 2;

interface Sums {
  readonly activation: PredictionPair['activation'];
  readonly samples: Float64Array;
  readonly uniform: Float64Array;
  readonly reweighted: Float64Array;
}

/**
 * The gradient of the classification terms of Eqs 2 and 3 with respect to the logits, by bins of
 * `g = Σ_c |p_c - p'_c|`: teacher on the weak view and student on the strong one; student on the strong view and on its
 * reduced copy. Nothing is trained; one step at a time is held.
 * @param models without a teacher there is no distillation
 * @throws the signal's reason where it aborts
 */
export async function analyzeGradients<F extends object>(
  detector: Detector<F>,
  models: { readonly student: Parameters; readonly teacher?: Parameters },
  config: RunConfig,
  images: readonly ImageRecord[],
  options: GradientOptions,
): Promise<GradientAnalysis> {
  const { from = 0, shift = 1, bins = 10, signal, onProgress } = options;
  const batch = Math.min(options.batch ?? config.batch.unlabeled / config.batch.accumulate, images.length);
  // whole steps, as an Eq 5 over fewer rows would be another one
  const steps = Math.max(1, Math.floor(Math.min(options.images, images.length) / batch));
  const maxShift = Math.max(shift, 1, methodPlan(config, options.methods).halvings);
  const grouped = config.pipeline.aspectGrouping ?? config.input.canvas === null;
  const stream = 'unlabeled-order';
  const sampler = grouped
    ? createGroupedSampler(images, batch, config.seed, stream)
    : createSampler(images.length, config.seed, stream);
  const maker = viewMakerOf(config, workersOf(config.pipeline.workers));

  const load = async (step: number): Promise<{ weak: View; strong: View }[]> => {
    const made = await Promise.all(
      Array.from({ length: batch }, async (_, place) => {
        const { path } = images[sampler.at(step * batch + place)]!;
        const outcome = await maker.make({
          path,
          boxes: new Float32Array(0),
          labels: new Int32Array(0),
          step,
          place,
          source: 'unlabeled',
          chains: { weak: ['weak'], strong: ['weak', 'strong'] },
        });
        if (outcome.ok) return outcome.views as { weak: View; strong: View };
        if (!options.onUnreadable) throw new Error(outcome.reason);
        options.onUnreadable(path, outcome.reason);
        return undefined;
      }),
    );
    return made.filter((views) => views !== undefined);
  };

  const sums = new Map<string, Sums>();
  const add = (loss: GradientTerm['loss'], pairs: readonly PredictionPair[]): void => {
    for (const pair of pairs) {
      const key = `${loss} ${pair.name}`;
      const own = sums.get(key) ?? emptySums(pair, bins);
      sums.set(key, own);
      addPair(own, pair, bins);
    }
  };
  let [read, counted, tried] = [0, 0, 0];
  try {
    const numbers = Array.from({ length: steps }, (_, i) => from + i);
    for await (const views of prefetch(numbers, load, { ahead: AHEAD, ...(signal ? { signal } : {}) })) {
      if (views.length > 0) {
        scoped(() => {
          const [strongViews, weakViews] = [views.map((v) => v.strong), views.map((v) => v.weak)];
          // one canvas for both: their cells are paired
          const batching = batchingFor([...strongViews, ...weakViews], config.input, detector, maxShift);
          const strong = imageBatch(strongViews, batching);
          const full = detector.forward(models.student, strong);
          if (models.teacher) {
            const soft = detector.forward(models.teacher, imageBatch(weakViews, batching));
            const maps = views.map((v) => mapBetween(v.weak, v.strong));
            add('distillation', detector.distillationPairs(soft, full, maps));
          }
          add('scale', detector.scalePairs(full, detector.forward(models.student, reduceBatch(strong, shift)), shift));
        });
        read += views.length;
        counted++;
      }
      onProgress?.((tried += batch), steps * batch);
      await new Promise(setImmediate); // lets signals and the images' results in
    }
  } finally {
    await maker.close();
  }
  const mean = (values: Float64Array, by: number) => Array.from(values, (v) => (by === 0 ? 0 : v / by));
  return {
    images: read,
    steps: counted,
    batch,
    shift,
    edges: Array.from({ length: bins + 1 }, (_, i) => i / bins),
    terms: [...sums].map(([key, { activation, samples, uniform, reweighted }]): GradientTerm => {
      const [loss, pair] = key.split(' ') as [GradientTerm['loss'], string];
      return {
        loss,
        pair,
        activation,
        samples: mean(samples, read),
        uniform: mean(uniform, counted),
        reweighted: mean(reweighted, counted),
      };
    }),
  };
}

function emptySums({ activation }: PredictionPair, bins: number): Sums {
  const zeros = () => new Float64Array(bins);
  return { activation, samples: zeros(), uniform: zeros(), reweighted: zeros() };
}

function addPair(sums: Sums, { a, b, activation }: PredictionPair, bins: number): void {
  const [samples, uniform, reweighted] = tf.tidy(() => {
    const plain = gradientContributions(a.logits, b.logits, { activation, bins, weighting: { kind: 'uniform' } });
    const eq5 = gradientContributions(a.logits, b.logits, {
      activation,
      bins,
      weighting: { kind: 'gradient-histogram', bins },
    });
    // as one tensor: each download waits for the device
    const all = tf.concat([plain.counts, plain.contributions, eq5.contributions]).dataSync<'float32'>();
    return [0, 1, 2].map((i) => all.slice(i * bins, (i + 1) * bins));
  }) as unknown as [Float32Array, Float32Array, Float32Array];
  for (let j = 0; j < bins; j++) {
    sums.samples[j]! += samples[j]!;
    sums.uniform[j]! += uniform[j]!;
    sums.reweighted[j]! += reweighted[j]!;
  }
}
