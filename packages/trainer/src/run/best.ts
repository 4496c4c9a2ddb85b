/** Which step was the best on validation so far, of each model: its checkpoint is kept. */
import type { CocoMetrics } from '@sed/datasets-coco';
import type { RunConfig } from '../config/schema.ts';
import { isObject } from '../is-object.ts';
import type { EvalRow } from '../metrics/rows.ts';
import { metricOf } from './metric-of.ts';

export interface BestStep {
  readonly step: number;
  /** Of the metric, above 0 up to 1. */
  readonly value: number;
}

/** A part of `state.json`, so that a checkpoint knows what was the best up to it. */
export interface Best {
  readonly metric: keyof CocoMetrics;
  readonly models: Readonly<Record<string, BestStep>>;
}

type Settings = RunConfig['checkpoints']['best'];

/**
 * The best after one more evaluation. Of equal values the earlier step stays. A metric that could not be measured, and
 * 0 (nothing was found: the last weights are as good), make no step the best.
 */
export function bestAfter(best: Best | undefined, settings: Settings, rows: readonly EvalRow[]): Best | undefined {
  if (settings === null) return undefined;
  const { metric, model } = settings;
  let after = comparable(best, settings);
  for (const row of rows) {
    const value = metricOf(row, metric);
    if (value === undefined || value === 0 || (model !== undefined && row.model !== model)) continue;
    const models = after?.models ?? {};
    const before = models[row.model];
    if (before === undefined || value > before.value) {
      after = { metric, models: { ...models, [row.model]: { step: row.step, value } } };
    }
  }
  return after;
}

/** What was the best so far, where the settings still ask for that. */
export function comparable(best: Best | undefined, settings: Settings): Best | undefined {
  if (best === undefined || settings === null || best.metric !== settings.metric) return undefined;
  const { model } = settings;
  if (model === undefined) return best;
  const own = best.models[model];
  return { ...best, models: own ? { [model]: own } : {} };
}

/** Steps whose checkpoints are kept as the best of a model. */
export function bestSteps(best: Best | undefined): number[] {
  return Object.values(best?.models ?? {}).map(({ step }) => step);
}

/** Whether something read from a file is a {@link Best}. */
export function isBest(value: unknown): value is Best {
  if (!isObject(value) || typeof value['metric'] !== 'string' || !isObject(value['models'])) return false;
  return Object.values(value['models']).every(
    (one) => isObject(one) && Number.isSafeInteger(one['step']) && Number.isFinite(one['value']),
  );
}
