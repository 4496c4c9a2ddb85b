/** What a run that goes on is held against: its settings, its classes and its data. */
import { existsSync } from 'node:fs';
import type { StoredCheckpoint } from '../checkpoint/files.ts';
import { dataFolder } from '../config/paths.ts';
import type { RunConfig } from '../config/schema.ts';
import type { DataPrint } from '../data/fingerprint.ts';
import { openData, type GivenClasses, type RunData } from '../data/open.ts';
import { checkSameData } from './data-record.ts';
import { readRunConfig } from './folder.ts';
import { compareSettings } from './going-on.ts';
import type { StoredState } from './state.ts';

/** The data of a run that goes on, which may have been moved since. */
export async function openAgain(config: RunConfig, classes: GivenClasses | undefined): Promise<RunData> {
  try {
    return await openData(config, classes);
  } catch (error) {
    const folder = dataFolder(config);
    if (existsSync(folder)) throw error;
    throw new Error(
      `${(error as Error).message}\nThe data was in ${folder}, which is not there. If it has moved, set "data.root" to where it is now.`,
      { cause: error },
    );
  }
}

/**
 * The classes by the outputs that the checkpoint has for them: an export that numbers them otherwise must not teach one output another
 * class. Undefined where an older version wrote the checkpoint, without them.
 */
export function classesOf({ state }: StoredCheckpoint<StoredState>, out: string): GivenClasses | undefined {
  const { categories } = state as Partial<StoredState>;
  return categories && { classes: categories.map(({ name }) => name), of: `the run in ${out}` };
}

/**
 * @param step of the checkpoint; undefined where there is none
 * @param mayMove whether the settings of the data may be others, as its record will be compared
 * @returns sentences for the user
 * @throws Error that names the settings with which going on would be another run
 */
export function settingsToGoOnWith(
  out: string,
  config: RunConfig,
  step: number | undefined,
  mayMove: boolean,
): string[] {
  let before: RunConfig;
  try {
    before = readRunConfig(out);
  } catch (error) {
    if (step === undefined) return []; // killed before its first files were there: nothing to agree with
    throw error;
  }
  const { refused, notes } = compareSettings(before, config, step ?? 0, mayMove);
  if (refused.length > 0) {
    throw new Error(
      `${out} was run with other settings; going on with these would be neither run: ${refused.join('; ')}. ` +
        'Resume with the settings in its config.json, or start a new run with "initFrom".',
    );
  }
  if (step !== undefined && step === before.iterations && step === config.iterations) {
    return [`The run has done its ${step} iterations. To train on, give it more ("iterations").`];
  }
  return [...notes];
}

export function compareData(out: string, before: DataPrint | undefined, now: DataPrint, accept: boolean): string[] {
  if (before) return checkSameData(out, before, now, accept);
  return [
    `${out} has no data.json, as an older version began the run: whether the images and labels are those of before cannot be told.`,
  ];
}
