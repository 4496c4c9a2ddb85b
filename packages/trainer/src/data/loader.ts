/** The images of each step: sampled, decoded and turned into views, ahead of the step that needs them. */
import { strongView, weakView, type View } from '@sed/augment';
import { checkSize, createImageCache, prefetch, type DecodedImage, type ImageRecord } from '@sed/datasets-coco';
import { randomStream } from '@sed/tensor-ops';
import type { RunConfig } from '../config/schema.ts';
import { objectsOf, type RunData } from './open.ts';
import { createSampler } from './sampler.ts';

export interface LabeledViews {
  readonly views: readonly View[];
  readonly files: readonly string[];
}

export interface UnlabeledViews {
  readonly weak: readonly View[];
  /** The geometry of `weak`, with other pixels. */
  readonly strong: readonly View[];
  readonly files: readonly string[];
  /** Files that could not be read, with the reason; others were taken in their places. */
  readonly unreadable: readonly UnreadableFile[];
}

export interface UnreadableFile {
  readonly path: string;
  readonly reason: string;
}

/** What one step sees. `unlabeled` is missing during the burn-in and in supervised runs. */
export interface StepViews {
  readonly step: number;
  readonly labeled: LabeledViews;
  readonly unlabeled: UnlabeledViews | undefined;
}

export interface Loader {
  /** The steps `from`, `from + 1`, … up to the last. What it gives for a step depends on the step and the config only. */
  steps(from: number, signal?: AbortSignal): AsyncGenerator<StepViews>;
}

/** Steps that are decoded ahead. Two are enough to keep the decoder's threads busy while a step computes. */
const AHEAD = 2;
/** Unlabeled images tried in the place of one that cannot be read. */
const TRIES = 10;

export function createLoader(config: RunConfig, data: RunData): Loader {
  const { seed, batch, method, iterations, input, augment } = config;
  const cache = createImageCache({ megabytes: config.data.cacheMegabytes });
  const weak = {
    resize: input.resize,
    flip: input.flip,
    antialias: input.antialias,
    minimumBoxSize: input.minimumBoxSize,
  };
  const labeled = createSampler(data.labeled.images.length, seed, 'labeled-order');
  const unlabeled = data.unlabeled && createSampler(data.unlabeled.images.length, seed, 'unlabeled-order');

  const weakOf = (image: ImageRecord, decoded: DecodedImage, stream: string, step: number, i: number): View =>
    weakView(decoded, objectsOf(image), weak, randomStream(seed, stream, step, i).next);

  const loadLabeled = async (step: number): Promise<LabeledViews> => {
    const images = Array.from(
      { length: batch.labeled },
      (_, i) => data.labeled.images[labeled.at(step * batch.labeled + i)]!,
    );
    const views = await Promise.all(
      images.map(async (image, i) => {
        const decoded = await cache.get(image.path);
        checkSize(image, decoded);
        const view = weakOf(image, decoded, 'labeled-weak', step, i);
        return augment.labeled === 'strong'
          ? strongView(view, augment, randomStream(seed, 'labeled-strong', step, i).next)
          : view;
      }),
    );
    return { views, files: images.map((image) => image.path) };
  };

  const loadUnlabeled = async (step: number): Promise<UnlabeledViews> => {
    const all = data.unlabeled!.images;
    const found = await Promise.all(
      Array.from({ length: batch.unlabeled }, (_, i) =>
        readable(all[unlabeled!.at(step * batch.unlabeled + i)]!, all, step, i),
      ),
    );
    const views = found.map(({ image, decoded }, i) => weakOf(image, decoded, 'unlabeled-weak', step, i));
    const strong = views.map((view, i) =>
      strongView(view, augment, randomStream(seed, 'unlabeled-strong', step, i).next),
    );
    return {
      weak: views,
      strong,
      files: found.map(({ image }) => image.path),
      unreadable: found.flatMap((f) => f.unreadable),
    };
  };

  /** The image, or, where its file cannot be read, another one, which the seed, the step and the place decide. */
  const readable = async (wanted: ImageRecord, all: readonly ImageRecord[], step: number, i: number) => {
    const random = randomStream(seed, 'unlabeled-replacement', step, i);
    const unreadable: UnreadableFile[] = [];
    for (let image = wanted; ; image = all[random.integer(all.length)]!) {
      try {
        return { image, decoded: await cache.get(image.path), unreadable };
      } catch (error) {
        unreadable.push({ path: image.path, reason: (error as Error).message });
        if (unreadable.length > TRIES) {
          throw new Error(
            `"data.unlabeled": none of ${unreadable.length} images could be read. The last: ${(error as Error).message}`,
          );
        }
      }
    }
  };

  const load = async (step: number): Promise<StepViews> => {
    const needed = unlabeled !== undefined && method.kind !== 'supervised' && step >= method.burnIn;
    const [labeledViews, unlabeledViews] = await Promise.all([
      loadLabeled(step),
      needed ? loadUnlabeled(step) : undefined,
    ]);
    return { step, labeled: labeledViews, unlabeled: unlabeledViews };
  };

  return {
    steps: (from, signal) => prefetch(range(from, iterations), load, { ahead: AHEAD, ...(signal ? { signal } : {}) }),
  };
}

function* range(from: number, to: number): Generator<number> {
  for (let i = from; i < to; i++) yield i;
}
