/** When a run writes a checkpoint, and what is in it. */
import { createKeeper } from '../checkpoint/keeper.ts';
import { attempt, syncFile } from '../disk/durable.ts';
import { checkpointsFolder, metricsFile } from './folder.ts';
import { requireHeld } from './folder-lock.ts';
import { endsEarly, type Run } from './run.ts';
import { stateFiles, type StoredState } from './state.ts';

export function checkpointIsDue(run: Run): boolean {
  const { config, state, always, validation } = run;
  const { every } = config.checkpoints;
  return (
    always.has(state.step) ||
    (every > 0 && state.step % every === 0) ||
    validation.bestSteps().includes(state.step) ||
    endsEarly(run) !== undefined
  );
}

/**
 * @param last the folder of the checkpoint before, for messages
 * @param place another run folder than the run's own, which has been lost
 */
export function saveCheckpoint(run: Run, evaluationPending: boolean, last: string | undefined, place?: string): string {
  const { config, data, detector, plan, state, options, always, validation } = run;
  if (place === undefined) requireHeld(options.out, run.lock);
  const out = place ?? options.out;
  const networks = [...state.networks].map(([name, { role }]) => [name, { role }] as const);
  const stored: StoredState = {
    seed: config.seed,
    detector: detector.name,
    categories: data.labeled.categories,
    networks: Object.fromEntries(networks),
    seconds: state.seconds,
    evaluationPending,
    ...validation.stored(),
    ...(run.unwritten.length > 0 ? { rows: run.unwritten } : {}),
  };
  const files = stateFiles(detector, state, plan, last);
  // a checkpoint should not be on the disk before the rows that led to it; where they cannot be, it is worth more than
  // they are
  attempt(() => syncFile(metricsFile(out)));
  const keeper = place === undefined ? run.keeper : createKeeper(checkpointsFolder(out), config.checkpoints.keep);
  const kept = new Set([...always, ...validation.bestSteps()]);
  return keeper.save(state.step, files, stored, kept, (reason) => options.log?.(reason));
}
