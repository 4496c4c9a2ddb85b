/** The rows of `metrics.jsonl`, one JSON object a line, told apart by `kind`. Losses are unweighted. */
import type { CocoMetrics } from '@sed/datasets-coco';
import type { NetworkRole } from '@sed/methods';

/** The run begins (`start`) or goes on from a checkpoint (`resume`). */
export interface StartRow {
  kind: 'start' | 'resume';
  step: number;
  date: string;
  versions: Record<string, string>;
  backend: string;
  seed: number;
  /** What was rescaled and what was noticed about the data, in sentences. */
  notes: readonly string[];
  images: { labeled: number; unlabeled: number; validation: number };
  /**
   * With `data.onFault: "skip"`: what was left out, and how many faults of each kind there were. Absent where there
   * were none.
   */
  leftOut?: { images: number; annotations: number; categories: number; files: number; faults: Record<string, number> };
  classes: readonly string[];
  /** What the run keeps, by the method's names. Absent in older runs. */
  networks?: readonly { readonly name: string; readonly role: NetworkRole }[];
}

/** One optimizer step. `step` counts finished steps. */
export interface TrainRow {
  kind: 'train';
  step: number;
  losses: Record<string, number>;
  /** The weighted sum that was minimized. */
  total: number;
  lr: number;
  /** α of the first averaged network's update in this step; null where there is none yet. */
  alpha: number | null;
  /** Global norm before clipping. */
  gradientNorm: number;
  /** Of one step: the median since the last row. */
  seconds: number;
  memory: { tensors: number; megabytes: number; rssMegabytes: number };
  /** Besides, each measure of the method under its own name. */
  [measure: string]: unknown;
}

/** One model on the validation images. */
export interface EvalRow {
  kind: 'eval';
  step: number;
  /** A network of the method. */
  model: string;
  metrics: CocoMetrics;
  /** AP by class name. */
  perClass: Record<string, number>;
  /**
   * Mean AP at IoU 0.5 as VOC's devkit computes it (difficult objects ignored), 0..1, -1 where undefined. Absent in
   * older runs.
   */
  voc?: { voc07: number; voc10: number };
  /**
   * The score threshold with the best F1 at IoU 0.5, over all classes together and by class name; detections with at
   * least that score are taken. null where no detection is right; absent in older runs.
   */
  bestF1?: (F1Row & { perClass: Record<string, F1Row | null> }) | null;
  images: number;
  seconds: number;
}

/** All 0..1. */
export interface F1Row {
  threshold: number;
  f1: number;
  precision: number;
  recall: number;
}

/** The teacher on unlabeled images whose labels are known: by score threshold, at IoU 0.5 and 0.9. */
export interface PseudoRow {
  kind: 'pseudo';
  step: number;
  thresholds: number[];
  precision50: number[];
  recall50: number[];
  precision90: number[];
  recall90: number[];
  images: number;
}

export interface WarningRow {
  kind: 'warning';
  step: number;
  code: string;
  message: string;
}

export interface DoneRow {
  kind: 'done';
  step: number;
  /** Of a run that early stopping ended: why, in a sentence. */
  stoppedEarly?: string;
  /** Of all steps, evaluation not counted. */
  seconds: number;
}

export type MetricsRow = StartRow | TrainRow | EvalRow | PseudoRow | WarningRow | DoneRow;
