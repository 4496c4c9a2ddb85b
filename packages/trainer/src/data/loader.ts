/** The images of each step: sampled, decoded and turned into views, ahead of the step that needs them. */
import type { View } from '@sed/augment';
import type { ImageRecord } from '@sed/datasets-coco';
import { prefetch } from '@sed/datasets-coco/image';
import type { SourceViews, ViewPlan } from '@sed/methods';
import { randomStream } from '@sed/geometry';
import { methodPlan, type Methods } from '../config/method-plan.ts';
import type { RunConfig } from '../config/schema.ts';
import { createViewMaker, workersOf, type ViewMaker } from '../pipeline/maker.ts';
import type { ViewJob } from '../pipeline/job.ts';
import { createGroupedSampler } from './grouped-sampler.ts';
import { objectsOf, type RunData } from './open.ts';
import { createSampler, type Sampler } from './sampler.ts';

/** The views of all images of one source in one step. */
export interface LoadedViews {
  /** By the names of the method's plan; place i of each is the same image. */
  readonly views: SourceViews;
  readonly files: readonly string[];
  /**
   * Files that could not be used, with the reason; others were taken in their places. Of labeled images only with
   * `data.onFault: "skip"`.
   */
  readonly unreadable: readonly UnreadableFile[];
}

export interface UnreadableFile {
  readonly path: string;
  readonly reason: string;
}

/** What one step sees. `unlabeled` is missing before the method asks for them. */
export interface StepViews {
  readonly step: number;
  readonly labeled: LoadedViews;
  readonly unlabeled: LoadedViews | undefined;
}

export interface Loader {
  /** Threads that decode and make views; 0: the calling one (libuv's threads decode all the same). */
  readonly workers: number;
  /** Steps that are made ahead, at most: the bound of the memory. */
  readonly ahead: number;
  /**
   * The steps `from`, `from + 1`, … up to the last. What it gives for a step depends on the step and the config only:
   * not on where it began, nor on `pipeline.workers` or `pipeline.ahead`. Its threads end with it: at the last step, at
   * an error, where the loop is left or `signal` aborts.
   */
  steps(from: number, signal?: AbortSignal): AsyncGenerator<StepViews>;
  /** When the threads of all its steps have ended, or will not. */
  ended(): Promise<void>;
}

/** Seconds without an image before a step is given up: disks that are far away stall for minutes. */
const PATIENCE = 600;
/** Files that a message names. */
const NAMED = 4;
/** Images tried in the place of one that cannot be read. */
const TRIES = 10;
/**
 * Steps made ahead, at least, and images that a worker has to do or done, at least, where the config leaves it open.
 */
const AHEAD = 2;
const IMAGES_PER_WORKER = 4;

interface Found {
  readonly views: Readonly<Record<string, View>>;
  readonly path: string;
  readonly unreadable: readonly UnreadableFile[];
}

/** How images of one source become views. */
interface Source {
  readonly plan: ViewPlan;
  readonly images: readonly ImageRecord[];
  readonly sampler: Sampler;
  readonly batch: number;
  /** Whether the file must have the size that its annotations state. */
  readonly checked: boolean;
  /** The stream that draws images in the place of unreadable ones; without it an unreadable one is an error. */
  readonly replacements: string | undefined;
}

export interface LoaderOptions {
  /** Methods that the config may name. Default: the standard ones. */
  readonly methods?: Methods;
  /** Who makes the views. Default: what `pipeline.workers` says. */
  readonly makeMaker?: (config: RunConfig, workers: number) => ViewMaker;
  /** Seconds that a step waits for its images before it is an error that names files. */
  readonly patience?: number;
}

/** The loader of a run: the images that its method asks for, step by step. */
export function createLoader(config: RunConfig, data: RunData, options: LoaderOptions = {}): Loader {
  const { makeMaker = viewMakerOf, patience = PATIENCE } = options;
  const { seed, batch, iterations } = config;
  const plan = methodPlan(config, options.methods);
  const { pipeline } = config;
  const workers = workersOf(pipeline.workers);
  const grouped = pipeline.aspectGrouping ?? config.input.canvas === null;
  const sampler = (images: readonly ImageRecord[], size: number, stream: string) =>
    grouped
      ? createGroupedSampler(images, size / batch.accumulate, seed, stream)
      : createSampler(images.length, seed, stream);

  const planOfViews = (source: ViewPlan['source']) => plan.views.find((views) => views.source === source);
  const labeled: Source = {
    plan: planOfViews('labeled')!,
    images: data.labeled.images,
    sampler: sampler(data.labeled.images, batch.labeled, 'labeled-order'),
    batch: batch.labeled,
    checked: true,
    replacements: config.data.onFault === 'skip' ? 'labeled-replacement' : undefined,
  };
  const wanted = planOfViews('unlabeled');
  const unlabeled: Source | undefined =
    data.unlabeled && wanted
      ? {
          plan: wanted,
          images: data.unlabeled.images,
          sampler: sampler(data.unlabeled.images, batch.unlabeled, 'unlabeled-order'),
          batch: batch.unlabeled,
          checked: false,
          replacements: 'unlabeled-replacement',
        }
      : undefined;
  const perStep = batch.labeled + (unlabeled ? batch.unlabeled : 0);
  const ahead = pipeline.ahead ?? Math.max(AHEAD, Math.ceil((workers * IMAGES_PER_WORKER) / perStep));

  const load = async (maker: ViewMaker, step: number): Promise<StepViews> => {
    const needed = unlabeled !== undefined && step >= unlabeled.plan.from;
    const [known, unknown] = await Promise.all([
      findAll(maker, labeled, step, seed),
      needed ? findAll(maker, unlabeled, step, seed) : undefined,
    ]);
    return { step, labeled: viewsOf(labeled, known), unlabeled: unknown && viewsOf(unlabeled!, unknown) };
  };

  let closing: Promise<unknown> = Promise.resolve();
  return {
    workers,
    ahead,
    ended: async () => void (await closing),
    async *steps(from, signal) {
      const { maker, underWay } = watched(makeMaker(config, workers));
      const tired = new AbortController();
      const wait = () => setTimeout(() => tired.abort(new Error(stalled(underWay(), patience))), patience * 1000);
      let end = () => {};
      closing = Promise.all([closing, new Promise<void>((settle) => (end = settle))]);
      // it counts while a step waits, not while one computes
      let timer = wait();
      try {
        const until = AbortSignal.any([tired.signal, ...(signal ? [signal] : [])]);
        for await (const views of prefetch(range(from, iterations), (step) => load(maker, step), {
          ahead,
          signal: until,
        })) {
          clearTimeout(timer);
          yield views;
          timer = wait();
        }
      } finally {
        clearTimeout(timer);
        await maker.close().finally(end);
      }
    },
  };
}

/**
 * The steps of a loader until `signal` aborts: that ends them at once, also while one is waited for, and is no error.
 * Their threads may take longer ({@link Loader.ended}): what is done must be safe before they are waited for.
 */
export async function* untilAborted<T>(steps: AsyncGenerator<T>, signal: AbortSignal | undefined): AsyncGenerator<T> {
  let stop = () => {};
  const onAbort = () => stop();
  signal?.addEventListener('abort', onAbort);
  try {
    while (!signal?.aborted) {
      // not Promise.race with one promise for the signal: each race would leave a handler on it
      const next = await new Promise<IteratorResult<T> | undefined>((settle, reject) => {
        stop = () => settle(undefined);
        steps.next().then(settle, reject);
      });
      if (next === undefined || next.done) return;
      yield next.value;
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    steps.return(undefined).catch(() => {});
  }
}

/** A maker of which it is known what it has not come back with, the oldest first. */
function watched(maker: ViewMaker): { maker: ViewMaker; underWay: () => string[] } {
  const jobs = new Set<ViewJob>();
  const make = async (job: ViewJob) => {
    jobs.add(job);
    try {
      return await maker.make(job);
    } finally {
      jobs.delete(job);
    }
  };
  return { maker: { ...maker, make }, underWay: () => [...new Set([...jobs].map(({ path }) => path))] };
}

function stalled(paths: readonly string[], seconds: number): string {
  const names = paths.slice(0, NAMED).join(', ');
  const more = paths.length > NAMED ? ` and ${paths.length - NAMED} more` : '';
  return (
    `No image has come for ${seconds} seconds. Waited for: ${names}${more}. ` +
    'A disk that does not answer, or a file that is none (a pipe)? See whether these files can be read.'
  );
}

/** Who makes the views of a run: its settings, in `workers` threads. */
export function viewMakerOf({ seed, input, augment, data }: RunConfig, workers: number): ViewMaker {
  const { resize, flip, antialias, minimumBoxSize } = input;
  const settings = { seed, weak: { resize, flip, antialias, minimumBoxSize }, strong: augment };
  return createViewMaker(settings, { workers, cacheMegabytes: data.cacheMegabytes });
}

function findAll(maker: ViewMaker, source: Source, step: number, seed: number): Promise<Found[]> {
  return Promise.all(Array.from({ length: source.batch }, (_, place) => find(maker, source, step, place, seed)));
}

/**
 * The views of the image whose turn it is, or, where its file cannot be used, of another one, which the seed, the step
 * and the place decide.
 */
async function find(maker: ViewMaker, source: Source, step: number, place: number, seed: number): Promise<Found> {
  const { plan, images, sampler, batch, checked, replacements } = source;
  const random = replacements === undefined ? undefined : randomStream(seed, replacements, step, place);
  const unreadable: UnreadableFile[] = [];
  for (let image = images[sampler.at(step * batch + place)]!; ; image = images[random.integer(images.length)]!) {
    const { path } = image;
    const outcome = await maker.make({
      path,
      ...objectsOf(image),
      ...(checked ? { expected: sizeOf(image) } : {}),
      source: plan.source,
      step,
      place,
      chains: plan.chains,
    });
    if (outcome.ok) return { views: outcome.views, path, unreadable };
    if (!random) throw new Error(outcome.reason);
    unreadable.push({ path, reason: outcome.reason });
    if (unreadable.length > TRIES) {
      throw new Error(
        `"data.${plan.source}": none of ${unreadable.length} images could be read. The last: ${outcome.reason}`,
      );
    }
  }
}

function sizeOf({ id, width, height }: ImageRecord): NonNullable<ViewJob['expected']> {
  return { id, ...(width === undefined ? {} : { width }), ...(height === undefined ? {} : { height }) };
}

function viewsOf({ plan }: Source, found: readonly Found[]): LoadedViews {
  const names = Object.keys(plan.chains);
  return {
    views: Object.fromEntries(names.map((name) => [name, found.map(({ views }) => views[name]!)])),
    files: found.map(({ path }) => path),
    unreadable: found.flatMap((f) => f.unreadable),
  };
}

function* range(from: number, to: number): Generator<number> {
  for (let i = from; i < to; i++) yield i;
}
