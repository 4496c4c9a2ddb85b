/** Which checkpoint of a run is meant, and whose weights. */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  checkpointFolder,
  checkpointSteps,
  newestCheckpoint,
  readCheckpoint,
  type StoredCheckpoint,
} from '../checkpoint/files.ts';
import { byPreference, standardMethods, type MethodPlan } from '@sed/methods';
import { methodPlan } from '../config/method-plan.ts';
import type { RunConfig } from '../config/schema.ts';
import { checkpointsFolder } from './folder.ts';
import { networksIn } from './network-files.ts';
import { checkStored, type StoredState } from './state.ts';

/** The best on validation, the newest, or the one of a step. */
export type CheckpointChoice = 'best' | 'last' | number;

export interface ChosenCheckpoint {
  readonly stored: StoredCheckpoint<StoredState>;
  /** The network, by the method's name. */
  readonly model: string;
  /** Why this one, for people: `the best AP on validation: 36.1`. */
  readonly why: string;
}

interface Wanted {
  readonly model: string | undefined;
  readonly checkpoint: CheckpointChoice;
  readonly log: (message: string) => void;
}

/** Whether a path is a checkpoint of a run, and not the run. */
export function isCheckpoint(path: string): boolean {
  return existsSync(join(path, 'state.json')) && basename(dirname(path)) === 'checkpoints';
}

/**
 * A checkpoint of the run in `folder`. Without `model`, `best` takes the model with the higher value (of equal ones an
 * average), the others take an average where there is one. A run without a best has its newest taken, and `why` says
 * so.
 * @throws Error where there is no whole checkpoint, or none of that step
 */
export function chooseCheckpoint(folder: string, config: RunConfig, wanted: Wanted): ChosenCheckpoint {
  const root = checkpointsFolder(folder);
  if (typeof wanted.checkpoint === 'number') return ofStep(root, wanted.checkpoint, wanted.model, config);
  const newest = newestCheckpoint(root, wanted.log, checkStored);
  if (!newest) throw new Error(`${folder} has no whole checkpoint yet.`);
  if (wanted.checkpoint === 'last') return asChosen(newest, wanted.model, 'the newest checkpoint', config);
  return (
    best(root, newest, wanted, config) ??
    asChosen(newest, wanted.model, `the newest checkpoint: ${noBest(config, newest, wanted)}`, config)
  );
}

/** A checkpoint that was named itself. */
export function asChosen(
  stored: StoredCheckpoint<StoredState>,
  model: string | undefined,
  why: string,
  config: RunConfig,
): ChosenCheckpoint {
  return { stored, model: model ?? preferred(stored, config)[0]!, why };
}

/** Names of a checkpoint's networks, the one first that is wanted where nobody says which. */
function preferred({ files, state }: StoredCheckpoint<StoredState>, config: RunConfig): string[] {
  const found = networksIn(files);
  const roles = state.networks ?? rolesByConfig(config);
  const named = byPreference(roles).filter((name) => found.includes(name));
  return [...named, ...found.filter((name) => !named.includes(name))];
}

/** Of a checkpoint that does not say: earlier versions had the standard methods alone. */
function rolesByConfig(config: RunConfig): MethodPlan['networks'] {
  return standardMethods.some(({ kind }) => kind === config.method.kind) ? methodPlan(config).networks : {};
}

function ofStep(root: string, step: number, model: string | undefined, config: RunConfig): ChosenCheckpoint {
  const folder = checkpointFolder(root, step);
  if (!existsSync(folder)) {
    const steps = checkpointSteps(root);
    throw new Error(
      `There is no checkpoint of step ${step} in ${root}` +
        (steps.length === 0 ? ', which has none.' : `; there are those of the steps ${steps.join(', ')}.`),
    );
  }
  return asChosen(readCheckpoint<StoredState>(folder), model, 'as asked for', config);
}

function best(
  root: string,
  newest: StoredCheckpoint<StoredState>,
  wanted: Wanted,
  config: RunConfig,
): ChosenCheckpoint | undefined {
  const known = newest.state.best;
  const names = preferred(newest, config).filter((m) => wanted.model === undefined || m === wanted.model);
  const found = names.flatMap((model) => {
    const one = known?.models[model];
    return one ? [{ model, ...one }] : [];
  });
  if (known === undefined || found.length === 0) return undefined;
  const { model, step, value } = found.reduce((a, b) => (b.value > a.value ? b : a));
  const why = `the best ${known.metric} on validation: ${(100 * value).toFixed(1)}`;
  if (step === newest.step) return { stored: newest, model, why };
  try {
    return { stored: readCheckpoint<StoredState>(checkpointFolder(root, step)), model, why };
  } catch (error) {
    wanted.log(`The best checkpoint, of step ${step}, cannot be used: ${(error as Error).message}.`);
    return undefined;
  }
}

function noBest(config: RunConfig, { state }: StoredCheckpoint<StoredState>, { model }: Wanted): string {
  const { best: settings } = config.checkpoints;
  if (settings === null) return '"checkpoints.best" is null';
  if (state.best && model !== undefined && state.best.models[model] === undefined)
    return `no best of the ${model} is known`;
  if (state.best) return 'the best cannot be read';
  return `no evaluation has found an ${settings.metric} above 0 yet`;
}
