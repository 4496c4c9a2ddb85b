/** What a run remembers of its evaluations: the best steps, and how long nothing was gained. */
import type { RunConfig } from '../config/schema.ts';
import type { EvalRow } from '../metrics/rows.ts';
import { bestAfter, bestSteps, comparable, type Best } from './best.ts';
import { reasonToStop, stagnationAfter, type Stagnation } from './early-stopping.ts';

/** The part of `state.json` that {@link createValidation} goes on from; older versions wrote none. */
export interface StoredValidation {
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
 * @param images of the validation data now: a best of other images is forgotten, and that is said
 * @param stored what the checkpoint has that the run goes on from
 */
export function createValidation(
  config: RunConfig,
  images: number,
  stored: StoredValidation,
  log: (message: string) => void,
): Validation {
  const settings = config.checkpoints.best;
  let best = comparable(stored.best, settings, images);
  let stagnation = stored.stagnation?.images === images ? stored.stagnation : undefined;
  if (stored.best && !best && settings !== null) {
    log(
      `The best step so far (by ${stored.best.metric} on ${stored.best.images} validation images) cannot be compared with what ` +
        `"checkpoints.best" and "data.validation" say now (${settings.metric} on ${images}): the best is found anew from here on.`,
    );
  }
  return {
    add(rows) {
      best = bestAfter(best, settings, rows);
      stagnation = stagnationAfter(stagnation, config, rows);
    },
    best: () => best,
    bestSteps: () => bestSteps(best),
    reasonToStop: () => reasonToStop(stagnation, config.earlyStopping),
    stored: () => ({ ...(best ? { best } : {}), ...(stagnation ? { stagnation } : {}) }),
  };
}
