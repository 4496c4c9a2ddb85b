/** What the training thread and its workers say to each other. */
import type { ViewJob, ViewOutcome, ViewSettings } from './job.ts';

/** `workerData` of a worker. */
export interface WorkerSettings {
  readonly settings: ViewSettings;
  /** This worker's share of the image cache. */
  readonly cacheMegabytes: number;
  /** Images decoded or waiting for their turn, decoded, in this worker. */
  readonly atOnce: number;
}

/** To a worker; `close` ends it when what it has begun is done. */
export type Request = { readonly id: number; readonly job: ViewJob } | { readonly close: true };

/** From a worker: the outcome, or an error of the settings or of the program. */
export type Response =
  { readonly id: number; readonly outcome: ViewOutcome } | { readonly id: number; readonly error: string };
