/** The score from which on a run's detections were worth most on its validation images. */
import { dirname, join } from 'node:path';
import { readMetrics, type EvalRow } from '@sed/trainer';

export interface BestScore {
  readonly score: number;
  /** F1 at IoU 0.5 there, 0..1. */
  readonly f1: number;
  /** Iteration of the evaluation. */
  readonly step: number;
}

/**
 * What the run's evaluations say of a model: of the evaluation at the checkpoint's step, else of the last one before
 * it.
 * @param checkpoint folder of the checkpoint, `RUN/checkpoints/step-N`
 * @returns undefined where there is none, as in runs of versions that did not look for it
 */
export function bestScoreOf(run: {
  readonly checkpoint: string;
  readonly step: number;
  readonly model: string;
}): BestScore | undefined {
  const rows = readMetrics(join(dirname(dirname(run.checkpoint)), 'metrics.jsonl'));
  const evaluations = rows.filter(
    (r): r is EvalRow => r.kind === 'eval' && r.model === run.model && r.step <= run.step,
  );
  const row = evaluations.filter(({ bestF1 }) => bestF1 !== undefined).at(-1);
  if (!row?.bestF1) return undefined;
  return { score: row.bestF1.threshold, f1: row.bestF1.f1, step: row.step };
}
