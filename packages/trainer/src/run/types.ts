/** What a caller gives to {@link train} and gets back. */
import type { CocoMetrics } from '@sed/datasets-coco';
import type { Methods } from '../config/method-plan.ts';
import type { EvalRow, MetricsRow } from '../metrics/rows.ts';
import type { BestStep } from './best.ts';

/** Sent after every step; what is written to the run folder comes as rows. */
export interface ProgressEvent {
  kind: 'progress';
  /** Finished steps, of `iterations`. */
  step: number;
  iterations: number;
  secondsPerStep: number;
  /**
   * To the last step, evaluations not counted: steps of the burn-in, which take less, do not speak for those after it.
   */
  secondsLeft: number;
  losses: Record<string, number>;
  total: number;
  lr: number;
  alpha: number | null;
  /** `burn-in`, or the method's own name after it. */
  phase: string;
}

/** Sent while validation images are being detected. */
export interface EvaluationProgressEvent {
  kind: 'evaluating';
  /** A network of the method. */
  model: string;
  done: number;
  images: number;
}

/** Sent while image files are read before the first step. */
export interface CheckingProgressEvent {
  kind: 'checking';
  done: number;
  images: number;
}

export type TrainEvent = MetricsRow | ProgressEvent | EvaluationProgressEvent | CheckingProgressEvent;

export interface TrainOptions {
  /** The run folder. It is created; it must be new or empty unless `resume`. */
  readonly out: string;
  /** Go on from the newest whole checkpoint in `out` (from step 0 where there is none). */
  readonly resume?: boolean;
  /** Methods that the config may name: `[...standardMethods, mine]`. Default: the standard ones. */
  readonly methods?: Methods;
  /**
   * Go on although images, labels or files are others than before: what has changed is said and written down. Default
   * false.
   */
  readonly acceptChangedData?: boolean;
  /** Stops after the current step, with a checkpoint. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: TrainEvent) => void;
  /** A sentence for the user: what is being done, what was skipped and why. */
  readonly log?: (message: string) => void;
  /** Sentences of {@link rescale}, for the `start` row. */
  readonly notes?: readonly string[];
  /** Versions to record in the `start` row, by package name. */
  readonly versions?: Readonly<Record<string, string>>;
}

export interface TrainResult {
  /** Finished steps: `iterations`, or fewer where `signal` or early stopping ended the run. */
  readonly step: number;
  /** Whether `signal` ended it: it is not done. */
  readonly stopped: boolean;
  /** Of a run that early stopping ended: why, in a sentence. */
  readonly stoppedEarly?: string;
  /** The folder of the last checkpoint. */
  readonly checkpoint: string;
  /**
   * The best checkpoint of each network by `checkpoints.best`; undefined where none is kept, and before an evaluation
   * found something.
   */
  readonly best:
    | {
        readonly metric: keyof CocoMetrics;
        readonly models: Readonly<Record<string, BestStep & { readonly checkpoint: string }>>;
      }
    | undefined;
  /** The last evaluation of each network, by its name. */
  readonly evaluations: Readonly<Record<string, EvalRow>>;
  /** Of all steps of this process, evaluation not counted. */
  readonly seconds: number;
}
