/** Where a run begins: at a checkpoint of its own, at one of another run, or at fresh weights. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Detector } from '@sed/detectors';
import { settledFrom, startNetworks, type MethodPlan } from '@sed/methods';
import { randomStream } from '@sed/geometry';
import type { Tensor } from '@tensorflow/tfjs-core';
import { newestCheckpoint, readCheckpoint, type StoredCheckpoint } from '../checkpoint/files.ts';
import type { RunConfig } from '../config/schema.ts';
import { checkpointsFolder } from './folder.ts';
import { pretrainedOrFresh } from './weights.ts';
import {
  categoriesOf,
  checkStored,
  freshState,
  restoredState,
  trainedNames,
  type StoredState,
  type TrainingState,
} from './state.ts';

/** @throws Error for weights that cannot be read or do not fit */
export function initialState(
  detector: Detector,
  config: RunConfig,
  plan: MethodPlan,
  classes: readonly string[],
  stored: StoredCheckpoint<StoredState> | undefined,
  log: (message: string) => void,
): TrainingState {
  const state = stored
    ? restoredState(detector, stored, config, plan)
    : config.initFrom !== null
      ? fromOtherRun(detector, config, plan, classes, log)
      : freshState(detector, freshWeights(detector, config, plan, log), config, plan);
  // a checkpoint of a burn-in that ended later in the other run has no teacher yet
  startNetworks(state.networks, plan.networks, state.step);
  return state;
}

/**
 * Weights of each trained network. The first one's are a function of the seed alone, the others' of their names too.
 */
function freshWeights(
  detector: Detector,
  config: RunConfig,
  plan: MethodPlan,
  log: (message: string) => void,
): Map<string, Map<string, Tensor>> {
  const found = new Map<string, Map<string, Tensor>>();
  const quiet = () => {}; // what does not fit one does not fit the other
  try {
    for (const [i, name] of trainedNames(plan).entries()) {
      const seed = i === 0 ? config.seed : randomStream(config.seed, 'network', name).integer(2 ** 31);
      found.set(name, pretrainedOrFresh(detector, { ...config, seed }, i === 0 ? log : quiet));
    }
  } catch (error) {
    for (const weights of found.values()) weights.forEach((tensor) => tensor.dispose());
    throw error;
  }
  return found;
}

function fromOtherRun(
  detector: Detector,
  config: RunConfig,
  plan: MethodPlan,
  classes: readonly string[],
  log: (message: string) => void,
): TrainingState {
  const source = findCheckpoint(config.initFrom!, settledFrom(plan), log);
  const { state: other, step, folder } = source;
  if (other.detector !== detector.name) {
    throw new Error(
      `"initFrom" (${folder}) is of a ${other.detector}, this run trains a ${detector.name}: their weights do not fit.`,
    );
  }
  refuseOtherClasses(
    folder,
    categoriesOf(source).map((c) => c.name),
    classes,
  );
  if (step >= config.iterations) {
    throw new Error(
      `"initFrom" (${folder}) is at step ${step}, the end of this run ("iterations" ${config.iterations}): nothing is left to do.`,
    );
  }
  if (other.seed !== config.seed) {
    log(
      `"initFrom" comes from a run with seed ${other.seed}; this one has ${config.seed}, so the order of the images changes at step ${step}.`,
    );
  }
  log(`Starting at step ${step} with the weights and the momentum of ${folder}.`);
  return { ...restoredState(detector, source, config, plan), seconds: 0 };
}

/** The outputs of a detector are in the order of its classes, so the same ones in another order do not fit either. */
function refuseOtherClasses(folder: string, theirs: readonly string[], classes: readonly string[]): void {
  if (theirs.join('\n') === classes.join('\n')) return;
  const lacking = theirs.filter((name) => !classes.includes(name));
  const extra = classes.filter((name) => !theirs.includes(name));
  if (lacking.length + extra.length === 0) {
    throw new Error(
      `"initFrom" (${folder}) has the same classes as this run in another order. Give the order of its outputs: "data.classes": ${JSON.stringify(theirs)}.`,
    );
  }
  const differences = [
    ...(lacking.length > 0 ? [`this run lacks ${lacking.join(', ')}`] : []),
    ...(extra.length > 0 ? [`it lacks ${extra.join(', ')}`] : []),
  ];
  throw new Error(
    `"initFrom" (${folder}) has other classes: ${differences.join('; ')}. Its weights have an output for each class, so they must be the same ` +
      '("data.classes", "data.renameClasses" and "data.leaveOutClasses" say which count and what they are called).',
  );
}

/** A checkpoint folder itself, or of a run the one at the end of the burn-in, else the newest. */
function findCheckpoint(path: string, settled: number, log: (message: string) => void): StoredCheckpoint<StoredState> {
  if (!existsSync(path))
    throw new Error(
      `"initFrom": ${path} does not exist. Name a run folder, or a checkpoint in one (checkpoints/step-N).`,
    );
  if (existsSync(join(path, 'state.json'))) return readCheckpoint<StoredState>(path);
  const atTheEndOfBurnIn = join(checkpointsFolder(path), `step-${settled}`);
  if (existsSync(atTheEndOfBurnIn)) return readCheckpoint<StoredState>(atTheEndOfBurnIn);
  const newest = newestCheckpoint(checkpointsFolder(path), log, checkStored);
  if (!newest)
    throw new Error(`"initFrom": ${path} has no whole checkpoint (looked for checkpoints/step-N/state.json).`);
  return newest;
}
