/** Which checkpoint of which run is meant; found before anything heavy is loaded. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type LoadRunOptions } from '@sed/trainer';
import { checkpointSteps, isCheckpoint } from '@sed/trainer/run-folder';
import { UsageError } from '../errors.ts';

/** What `loadRun` takes. */
export interface FoundRun {
  /** The run, or the checkpoint that was asked for. */
  readonly folder: string;
  readonly options: Pick<LoadRunOptions, 'checkpoint'>;
}

/**
 * @param option the name of the option that `run` was given to
 * @param checkpoint `best`, `last`, a step, `step-N`, or a folder; a run that is the folder of a checkpoint needs none
 */
export function findRun(
  option: '--run' | '--compare',
  run: string,
  checkpoint: string | undefined,
  path: (typed: string) => string,
): FoundRun {
  const folder = path(run);
  if (!existsSync(folder)) throw new UsageError(`${option} ${run}: there is no such folder.`);
  if (isCheckpoint(folder)) {
    if (checkpoint === undefined) return { folder, options: {} };
    throw new UsageError(`${option} ${run} is a checkpoint itself: leave --checkpoint out, or give the run.`);
  }
  if (!existsSync(join(folder, 'config.json')))
    throw new UsageError(`${option} ${run} is no run: it has no config.json.`);
  const root = join(folder, 'checkpoints');
  const steps = checkpointSteps(root);
  const choice = checkpoint?.trim() ?? 'best';
  if (choice === 'best' || choice === 'last') {
    if (steps.length === 0) throw new UsageError(`${option} ${run} has no checkpoint yet.`);
    return { folder, options: { checkpoint: choice } };
  }
  const step = stepOf(choice);
  const found = step === undefined ? path(choice) : join(root, `step-${step}`);
  if (isCheckpoint(found)) return { folder: found, options: {} };
  throw new UsageError(
    `--checkpoint ${checkpoint}: there is no checkpoint in ${found}. ` +
      (steps.length === 0
        ? `${run} has none yet.`
        : `${run} has those of the steps ${steps.join(', ')}; best and last choose among them.`),
  );
}

/** The step that `400` and `step-400` mean; undefined for other words. */
export function stepOf(text: string): number | undefined {
  const digits = /^(?:step-)?(\d+)$/.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
