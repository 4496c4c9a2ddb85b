/** What a run remembers of its evaluations: the best steps, and how long nothing was gained. */
import { createHash } from 'node:crypto';
import { settledFrom, type MethodPlan } from '@sed/methods';
import type { RunConfig } from '../config/schema.ts';
import type { PartPrint } from '../data/fingerprint.ts';
import type { EvalRow } from '../metrics/rows.ts';
import { bestAfter, bestSteps, comparable, type Best } from './best.ts';
import { reasonToStop, stagnationAfter, type Stagnation } from './early-stopping.ts';

/** The part of `state.json` that {@link createValidation} goes on from; older versions wrote none. */
export interface StoredValidation {
  /** A hash of the validation data: values on other images or boxes are not comparable. */
  readonly validationData?: string;
  readonly best?: Best;
  readonly stagnation?: Stagnation;
}

export interface Validation {
  /** Takes the rows of one evaluation. */
  add(rows: readonly EvalRow[]): void;
  /** Steps whose checkpoints are kept. */
  bestSteps(): number[];
  best(): Best | undefined;
  /** Why the run is to stop before its last iteration, in a sentence; undefined where it goes on. */
  reasonToStop(): string | undefined;
  stored(): StoredValidation;
}

/**
 * @param data what the run is evaluated on now: what was found on other data is forgotten, and that is said
 * @param stored what the checkpoint has that the run goes on from
 */
export function createValidation(
  config: RunConfig,
  plan: Pick<MethodPlan, 'starts'>,
  data: PartPrint,
  stored: StoredValidation,
  log: (message: string) => void,
): Validation {
  const settings = config.checkpoints.best;
  const validationData = hashOf(data);
  const same = stored.validationData === validationData;
  let best = same ? comparable(stored.best, settings) : undefined;
  let stagnation = same ? stored.stagnation : undefined;
  if (stored.best && !best && settings !== null) {
    const why = same
      ? `it was chosen by ${stored.best.metric}, and now ${settings.metric} counts`
      : 'the validation data has changed';
    log(`The best step so far is no longer comparable (${why}): the best is found anew from here on.`);
  }
  return {
    add(rows) {
      best = bestAfter(best, settings, rows);
      stagnation = stagnationAfter(stagnation, config.earlyStopping, rows, settledFrom(plan));
    },
    best: () => best,
    bestSteps: () => bestSteps(best),
    reasonToStop: () => reasonToStop(stagnation, config.earlyStopping),
    stored: () => ({ validationData, ...(best ? { best } : {}), ...(stagnation ? { stagnation } : {}) }),
  };
}

function hashOf({ images }: PartPrint): string {
  return createHash('sha256').update(JSON.stringify(images)).digest('hex').slice(0, 16);
}
