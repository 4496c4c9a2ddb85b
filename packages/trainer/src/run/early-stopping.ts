/**
 * Early stopping: a run ends when its validation metric has not risen for some evaluations. Off unless `earlyStopping`
 * is set.
 */
import type { CocoMetrics } from '@sed/datasets-coco';
import type { EarlyStoppingConfig, RunConfig } from '../config/schema.ts';
import { isObject } from '../is-object.ts';
import type { EvalRow } from '../metrics/rows.ts';
import { metricOf } from './metric-of.ts';

/** A part of `state.json`, so that a resumed run stops where the uninterrupted one does. */
export interface Stagnation {
  readonly metric: keyof CocoMetrics;
  readonly model: string | null;
  /** The highest value since the burn-in, and its step. */
  readonly value: number;
  readonly step: number;
  /** Evaluations since then. */
  readonly evaluations: number;
}

/**
 * Counts one more evaluation. Those of the burn-in do not count: what comes after it is another training. Nor do
 * evaluations in which the metric could not be measured.
 * @param settled finished steps after which all networks are there
 */
export function stagnationAfter(
  before: Stagnation | undefined,
  earlyStopping: RunConfig['earlyStopping'],
  rows: readonly EvalRow[],
  settled: number,
): Stagnation | undefined {
  if (earlyStopping === null) return undefined;
  const { metric, model = null, minimumGain } = earlyStopping;
  const same = sameWatch(before, earlyStopping) ? before : undefined;
  const counted = rows.filter((row) => row.step > settled && (model === null || row.model === model));
  const values = counted.map((row) => metricOf(row, metric)).filter((value) => value !== undefined);
  if (values.length === 0) return same;
  const value = Math.max(...values);
  const gained = same === undefined || value > same.value + minimumGain;
  if (gained) {
    return { metric, model, value, step: counted[0]!.step, evaluations: 0 };
  }
  return { ...same, evaluations: same.evaluations + 1 };
}

/** Why the run ends here, in a sentence; undefined where it goes on. */
export function reasonToStop(
  stagnation: Stagnation | undefined,
  earlyStopping: RunConfig['earlyStopping'],
): string | undefined {
  if (earlyStopping === null || !sameWatch(stagnation, earlyStopping)) return undefined;
  const { evaluations, metric, model, value, step } = stagnation;
  if (evaluations < earlyStopping.patience) return undefined;
  const whose = model === null ? metric : `the ${model}'s ${metric}`;
  const least = earlyStopping.minimumGain > 0 ? ` by more than ${percent(earlyStopping.minimumGain)}` : '';
  return `In ${evaluations} ${evaluations === 1 ? 'evaluation' : 'evaluations'} ${whose} did not rise${least} above the ${percent(value)} of step ${step}.`;
}

function sameWatch(stagnation: Stagnation | undefined, settings: EarlyStoppingConfig): stagnation is Stagnation {
  return stagnation?.metric === settings.metric && stagnation.model === (settings.model ?? null);
}

const percent = (value: number): string => String(Number((100 * value).toFixed(2)));

/** Whether something read from a file is a {@link Stagnation}. */
export function isStagnation(value: unknown): value is Stagnation {
  return (
    isObject(value) &&
    typeof value['metric'] === 'string' &&
    Number.isFinite(value['value']) &&
    Number.isSafeInteger(value['step']) &&
    Number.isSafeInteger(value['evaluations'])
  );
}
