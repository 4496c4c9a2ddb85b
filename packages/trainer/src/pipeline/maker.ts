/** Who makes the views: worker threads, or the training thread itself. */
import { createImageCache, type ImageCache } from '@sed/datasets-coco/image';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { makeViews, type ViewJob, type ViewOutcome, type ViewSettings } from './job.ts';
import { createLimit } from './limit.ts';
import type { WorkerSettings } from './messages.ts';
import { createPool } from './pool.ts';

export interface ViewMaker {
  /** Threads that make views; 0: the calling one. */
  readonly workers: number;
  make(job: ViewJob): Promise<ViewOutcome>;
  /** Frees the threads. A maker that has been closed makes nothing more. */
  close: () => Promise<void>;
}

/** More than this many threads wait for the disk and the training thread more than they help. */
const MOST_WORKERS = 8;
/**
 * Images that a worker holds decoded: one whose views it makes, one that the decoder's own threads make ready
 * meanwhile.
 */
const AT_ONCE = 2;
/** Images that are decoded or made into views at a time without workers: libuv's own threads, which decode. */
const AT_ONCE_HERE = 4;

/** The compiled entry of a worker; there is none beside the sources, which Node 20 cannot load. */
const WORKER = new URL('./view-worker.js', import.meta.url);

/**
 * Threads for `pipeline.workers`: what is asked, or one less than the processors (the training thread has one), 1 to 8.
 * 0 wherever the compiled worker is not beside this file: in the sources, and in a bundle.
 */
export function workersOf(asked: number | null, processors = availableParallelism(), found = hasWorker()): number {
  if (!found) return 0;
  return asked ?? Math.min(MOST_WORKERS, Math.max(1, processors - 1));
}

function hasWorker(): boolean {
  return WORKER.protocol === 'file:' && existsSync(fileURLToPath(WORKER));
}

/**
 * A maker of views with `workers` threads, 0 for none. All give the same bytes.
 * @param options.cacheMegabytes bound of all images kept decoded, over all threads
 */
export function createViewMaker(
  settings: ViewSettings,
  options: { readonly workers: number; readonly cacheMegabytes: number },
): ViewMaker {
  const { workers, cacheMegabytes } = options;
  if (workers === 0) return makeHere(settings, createImageCache({ megabytes: cacheMegabytes }));
  const workerData: WorkerSettings = { settings, cacheMegabytes: cacheMegabytes / workers, atOnce: AT_ONCE };
  const start = (i: number) =>
    // no flags of this process: --input-type and its like are refused for a file
    new Worker(WORKER, { workerData, name: `sed-views-${i}`, execArgv: [] });
  const pool = createPool(workers, start);
  return { workers, make: pool.run, close: pool.close };
}

/** Decoding runs on libuv's threads, the rest on this one. */
function makeHere(settings: ViewSettings, cache: ImageCache): ViewMaker {
  const limited = createLimit(AT_ONCE_HERE);
  return { workers: 0, make: (job) => limited(() => makeViews(job, settings, cache.get)), close: async () => {} };
}
