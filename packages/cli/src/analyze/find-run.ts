/** Which checkpoint of which run is meant; found before anything heavy is loaded. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkpointSteps } from '@sed/trainer';
import { UsageError } from '../errors.ts';

/**
 * What `loadRun` takes: the run folder, or the folder of the checkpoint that was asked for.
 * @param option the name of the option that `run` was given to
 * @param checkpoint a step, `step-N`, or a folder
 */
export function findRun(
  option: '--run' | '--compare',
  run: string,
  checkpoint: string | undefined,
  path: (typed: string) => string,
): string {
  const folder = path(run);
  if (!existsSync(folder)) throw new UsageError(`${option} ${run}: there is no such folder.`);
  const root = join(folder, 'checkpoints');
  const steps = checkpointSteps(root);
  if (checkpoint === undefined) {
    if (existsSync(join(folder, 'state.json'))) return folder;
    if (!existsSync(join(folder, 'config.json')))
      throw new UsageError(`${option} ${run} is no run: it has no config.json.`);
    if (steps.length === 0) throw new UsageError(`${option} ${run} has no checkpoint yet.`);
    return folder;
  }
  const step = /^(?:step-)?(\d+)$/.exec(checkpoint.trim())?.[1];
  const found = step === undefined ? path(checkpoint) : join(root, `step-${step}`);
  if (existsSync(join(found, 'state.json'))) return found;
  throw new UsageError(
    `--checkpoint ${checkpoint}: there is no checkpoint in ${found}. ` +
      (steps.length === 0 ? `${run} has none yet.` : `${run} has those of the steps ${steps.join(', ')}.`),
  );
}
