import { openFolder, type ImageRecord } from '@sed/datasets-coco';
import { synthesize } from '@sed/datasets-coco/synth';
import { parseConfig, type RunConfig } from '@sed/trainer';
import { createLoader, type RunData } from '@sed/trainer/data';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { createTalk } from '../ui/console.ts';

export interface DataChoices {
  readonly images?: readonly string[];
  readonly size: number;
  readonly workers?: number;
  readonly batch: number;
  readonly count: number;
  readonly json?: boolean;
}

export interface DataSpeed {
  readonly images: number;
  readonly seconds: number;
  /** Processor seconds of the whole process, which other work on the machine hardly changes. */
  readonly processorSeconds: number;
  readonly workers: number;
  /** Steps made ahead of the one that is taken, at most. */
  readonly ahead: number;
  /** Milliseconds that each step was waited for. */
  readonly waits: readonly number[];
}

/** Steps before the clock starts: the workers start, and their code gets hot (each compiles its own). */
const WARM_UP = 10;
/** Made-up images, of 640 x 480 pixels as most of COCO. */
const MADE_UP = { images: 24, width: 640, height: 480 } as const;

/** `sed-cli bench data`: how fast image files become weak and strong views. */
export async function benchData(options: DataChoices, context: Context): Promise<void> {
  const { size, batch, count } = options;
  const talk = createTalk(context.io);
  const abort = new AbortController();
  const stopListening = context.io.onInterrupt(() => abort.abort(new Error('Stopped.')));
  try {
    if (options.images) {
      const { images } = await openFolder({ images: options.images.map((typed) => context.path(typed)) });
      await measure(images);
    } else {
      talk.status(`making ${MADE_UP.images} images`);
      await withMadeUp(MADE_UP, measure, abort.signal);
    }
  } finally {
    stopListening();
    talk.clear();
  }

  async function measure(images: readonly ImageRecord[]): Promise<void> {
    const steps = Math.ceil(count / batch);
    const speed = await measureData(images, benchConfig({ size, batch, steps, workers: options.workers ?? null }), {
      signal: abort.signal,
      onStep: (step) => talk.status(step < WARM_UP ? 'warming up' : `step ${step - WARM_UP} of ${steps}`),
    });
    talk.clear();
    const result = {
      files: images.length,
      made_up: options.images === undefined,
      size,
      batch,
      workers: speed.workers,
      ahead: speed.ahead,
      images: speed.images,
      images_per_second: round(speed.images / speed.seconds),
      cpu_ms_per_image: round((1000 * speed.processorSeconds) / speed.images),
      step_ms_p50: round(quantile(speed.waits, 0.5)),
      step_ms_p95: round(quantile(speed.waits, 0.95)),
      peak_rss_mib: Math.round(process.resourceUsage().maxRSS / 1024),
    };
    if (options.json) return context.json(result);
    const files = result.made_up ? `made-up JPEGs of ${MADE_UP.width}x${MADE_UP.height}` : 'files';
    const threads = speed.workers === 0 ? 'no worker thread' : `worker threads: ${speed.workers}`;
    context.print(
      `${result.images_per_second} images a second: read, decoded, short edge ${size} pixels, weak and strong view; ${result.images} of ${images.length} ${files}, ${threads}\n` +
        `a step of ${batch} images: ${result.step_ms_p50} ms, 95 % within ${result.step_ms_p95} ms; ${result.cpu_ms_per_image} ms of processor time an image; at most ${result.peak_rss_mib} MiB of memory`,
    );
  }
}

/** Lends made-up JPEGs, which are removed afterwards. */
export async function withMadeUp<R>(
  { images, width, height }: { images: number; width: number; height: number },
  use: (images: readonly ImageRecord[]) => Promise<R>,
  signal?: AbortSignal,
): Promise<R> {
  const out = await mkdtemp(join(tmpdir(), 'sed-bench-'));
  try {
    const splits = [{ name: 'photos', images, labeled: false }];
    await synthesize({ out, seed: 1, width, height, splits, ...(signal ? { signal } : {}) });
    return await use((await openFolder({ images: join(out, 'photos') })).images);
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

/**
 * The trainer's own loader with nothing kept decoded. One image of a batch is labeled, with a strong view too, so that
 * the work for all images is the same: read, decode, resize the short edge to `size`, flip, Table 11's strong view.
 */
export function benchConfig(settings: {
  size: number;
  batch: number;
  steps: number;
  workers: number | null;
}): RunConfig {
  const { size, batch, steps, workers } = settings;
  const nowhere = { annotations: 'none.json', images: 'none' };
  return parseConfig({
    data: { labeled: nowhere, unlabeled: { images: 'none' }, validation: nowhere, cacheMegabytes: 0 },
    input: { resize: { kind: 'short-edge', short: [size, size], long: Math.ceil((size * 5) / 3) } },
    augment: { labeled: 'strong' },
    batch: { labeled: 1, unlabeled: batch - 1 },
    pipeline: { workers, aspectGrouping: false },
    iterations: steps + WARM_UP,
    method: { kind: 'sed', burnIn: 0, alpha: { kind: 'constant' } },
    schedule: { kind: 'step', milestones: [] },
    optimizer: { warmup: { steps: 0 } },
  });
}

export async function measureData(
  images: readonly ImageRecord[],
  config: RunConfig,
  options: { signal?: AbortSignal; onStep?: (step: number) => void } = {},
): Promise<DataSpeed> {
  const dataset = { source: 'the images', categories: [], images };
  const data: RunData = {
    labeled: dataset,
    unlabeled: dataset,
    hidden: undefined,
    validation: dataset,
    classes: [],
    notes: [],
  };
  const loader = createLoader(config, data);
  const waits: number[] = [];
  let done = 0;
  let seconds = 0;
  let before = process.cpuUsage();
  let begun = performance.now();
  for await (const { step, labeled, unlabeled } of loader.steps(0, options.signal)) {
    const now = performance.now();
    if (step >= WARM_UP) {
      seconds += (now - begun) / 1000;
      waits.push(now - begun);
      done += labeled.files.length + unlabeled!.files.length;
    }
    if (step === WARM_UP - 1) before = process.cpuUsage();
    options.onStep?.(step);
    begun = now;
  }
  const { user, system } = process.cpuUsage(before);
  const processorSeconds = (user + system) / 1e6;
  return { images: done, seconds, processorSeconds, workers: loader.workers, ahead: loader.ahead, waits };
}

function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
