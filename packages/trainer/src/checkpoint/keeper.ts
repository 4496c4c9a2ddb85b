/** The checkpoints of one run: which are whole is found out once, not at every write. */
import { checkpointFolder, isWhole, pruneCheckpoints, writeCheckpoint } from './files.ts';

export interface CheckpointKeeper {
  /**
   * Writes the checkpoint of a step, and removes older ones.
   * @param always steps whose checkpoints stay
   * @param onLeft told why older ones could not be removed: the run can go on
   * @throws CheckpointError
   */
  save<S>(
    step: number,
    files: ReadonlyMap<string, Uint8Array>,
    state: S,
    always: ReadonlySet<number>,
    onLeft: (reason: string) => void,
  ): string;
}

/**
 * @param keep how many of the newest stay, beside those that always do
 * @param prune removes the others
 */
export function createKeeper(root: string, keep: number, prune = pruneCheckpoints): CheckpointKeeper {
  const known = new Map<number, boolean>();
  const whole = (step: number): boolean => {
    const found = known.get(step) ?? isWhole(checkpointFolder(root, step));
    known.set(step, found);
    return found;
  };
  return {
    save(step, files, state, always, onLeft) {
      const folder = writeCheckpoint(root, step, files, state);
      known.set(step, true);
      try {
        prune(root, step, { keep, always, isWhole: whole });
      } catch (error) {
        onLeft(`Older checkpoints in ${root} could not be removed: ${(error as Error).message}.`);
      }
      return folder;
    },
  };
}
