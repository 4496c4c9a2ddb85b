/** The views of a run's first images, taken from the run's own loader. */
import { IDENTITY } from '@sed/geometry';
import { strongView, type StrongSettings, type View, type WeakView } from '@sed/augment';
import type { Annotation, ImageRecord } from '@sed/datasets-coco';
import { randomStream } from '@sed/geometry';
import { type RunConfig } from '@sed/trainer';
import { createLoader, objectsOf, viewMakerOf, type RunData, type ViewJob } from '@sed/trainer/data';

/** One image of a step with its views. */
export interface BrowsedImage {
  readonly kind: 'labeled' | 'unlabeled';
  readonly step: number;
  readonly path: string;
  readonly fileName: string;
  /**
   * Boxes in the file, crowds and difficult ones too. Of an unlabeled image those hidden from training; undefined where
   * none are known.
   */
  readonly annotations: readonly Annotation[] | undefined;
  readonly weak: View;
  readonly strong: View;
  /** With {@link CollectOptions.stronger}. */
  readonly stronger: View | undefined;
}

export interface CollectOptions {
  readonly images: number;
  /** The first step that is looked at. */
  readonly step: number;
  /** One more strong view, with the same draws as far as they go. */
  readonly stronger?: StrongSettings;
  /** Labeled images are passed over, and not read. */
  readonly unlabeledOnly?: boolean;
  readonly onProgress?: (done: number) => void;
}

export interface Collected {
  readonly images: readonly BrowsedImage[];
  /** Files that could not be read, with the reason. */
  readonly unreadable: readonly string[];
}

/**
 * What a run sees from a step on, half of the images labeled and half unlabeled where it has both. It is the loader of
 * training that makes the views: same sampler, same random streams, same code. Two things are asked for beyond what
 * training needs: both views of every image, and the hidden boxes of unlabeled ones mapped with them. Neither takes a
 * draw.
 */
export async function collectImages(config: RunConfig, data: RunData, options: CollectOptions): Promise<Collected> {
  const hidden = byPath(data.hidden?.images ?? []);
  const labeled = byPath(data.labeled.images);
  const made = new Map<number, { job: ViewJob; weak: WeakView; strong: View }[]>();
  const unreadable = new Set<string>();
  const here: RunConfig = { ...config, pipeline: { ...config.pipeline, workers: 0, ahead: 1 } };
  const loader = createLoader(here, data, {
    makeMaker: (settings, workers) => {
      const maker = viewMakerOf(settings, workers);
      const make = async (job: ViewJob) => {
        if (options.unlabeledOnly && !isUnlabeled(job)) return { ok: true as const, views: { image: NOTHING } };
        const known = hidden.get(job.path);
        const all: ViewJob = {
          ...job,
          ...(isUnlabeled(job) && known ? objectsOf(known) : {}),
          chains: { ...job.chains, weak: ['weak'], strong: ['weak', 'strong'] },
        };
        const outcome = await maker.make(all);
        if (outcome.ok) {
          const { weak, strong } = outcome.views as { weak: WeakView; strong: View };
          const views = { job: all, weak, strong };
          made.set(job.step, [...(made.get(job.step) ?? []), views]);
        } else unreadable.add(outcome.reason);
        return outcome;
      };
      return { ...maker, make };
    },
  });

  const wanted = { labeled: options.images, unlabeled: 0 };
  const found: BrowsedImage[] = [];
  for await (const { step, unlabeled } of loader.steps(options.step)) {
    if (unlabeled && wanted.unlabeled === 0) {
      wanted.unlabeled = options.unlabeledOnly ? options.images : Math.ceil(options.images / 2);
      wanted.labeled = options.images - wanted.unlabeled;
    }
    const views = (made.get(step) ?? []).sort(inOrder);
    made.delete(step);
    for (const { job, weak, strong } of views) {
      const kind = isUnlabeled(job) ? 'unlabeled' : 'labeled';
      if (found.filter((image) => image.kind === kind).length >= wanted[kind]) continue;
      const record = (kind === 'labeled' ? labeled : hidden).get(job.path);
      const draws = randomStream(config.seed, `${job.source}-strong`, step, job.place);
      found.push({
        kind,
        step,
        path: job.path,
        fileName: record?.fileName ?? nameIn(data, job.path),
        annotations: record?.annotations,
        weak,
        strong,
        stronger: options.stronger && strongView(weak, options.stronger, draws.next),
      });
      options.onProgress?.(found.length);
    }
    if (found.length >= options.images) break;
  }
  const kinds = ['labeled', 'unlabeled'] as const;
  return {
    images: kinds.flatMap((kind) => found.filter((image) => image.kind === kind)),
    unreadable: [...unreadable],
  };
}

/** In the place of a view that nobody looks at. */
const NOTHING: View = {
  pixels: new Uint8Array(3),
  width: 1,
  height: 1,
  boxes: new Float32Array(0),
  labels: new Int32Array(0),
  geometry: IDENTITY,
};

const isUnlabeled = (job: ViewJob): boolean => job.source === 'unlabeled';

const byPath = (images: readonly ImageRecord[]) => new Map(images.map((image) => [image.path, image]));

const inOrder = (a: { job: ViewJob }, b: { job: ViewJob }): number => {
  const [x, y] = [isUnlabeled(a.job), isUnlabeled(b.job)];
  return Number(x) - Number(y) || a.job.place - b.job.place;
};

function nameIn(data: RunData, path: string): string {
  return data.unlabeled?.images.find((image) => image.path === path)?.fileName ?? path;
}
