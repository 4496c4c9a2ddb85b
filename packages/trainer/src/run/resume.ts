/** What a run that goes on is held against: its settings, its classes and its data. */
import { existsSync } from 'node:fs';
import type { Category } from '@sed/datasets-coco';
import type { StoredCheckpoint } from '../checkpoint/files.ts';
import { dataFolder } from '../config/paths.ts';
import type { RunConfig } from '../config/schema.ts';
import type { DataPrint } from '../data/fingerprint.ts';
import { openData, type RunData } from '../data/open.ts';
import { checkSameData } from './data-record.ts';
import type { Methods } from '../config/method-plan.ts';
import { readRunConfig } from './folder.ts';
import { compareSettings } from './going-on.ts';
import type { StoredState } from './state.ts';

/**
 * The data of a run that goes on, which may have been moved or exported anew since. Its classes are matched by name
 * with the outputs that the checkpoint has for them: an export that numbers them otherwise must not teach one output
 * another class. Ids stay those of the run.
 * @returns the data, and sentences for the user
 */
export async function openAgain(
  config: RunConfig,
  stored: StoredCheckpoint<StoredState> | undefined,
  out: string,
  methods: Methods | undefined,
): Promise<{ opened: RunData; notes: string[] }> {
  // an older version wrote checkpoints without classes
  const categories = (stored?.state as Partial<StoredState> | undefined)?.categories;
  const classes = categories && { classes: categories.map(({ name }) => name), of: `the run in ${out}` };
  const opened = await whereItWas(config, () => openData(config, classes, methods));
  const moved = categories?.filter(({ id }, k) => opened.labeled.categories[k]!.id !== id) ?? [];
  if (categories === undefined || moved.length === 0) return { opened, notes: [] };
  const ids = categories.map(({ id, name }, k) => `${name} ${id}, now ${opened.labeled.categories[k]!.id}`);
  const note =
    `The labels number the classes otherwise than when the run began (${ids.slice(0, 4).join('; ')}${ids.length > 4 ? '; …' : ''}): ` +
    'they are matched by name, and detections keep the ids of the run.';
  return { opened: numberedAs(opened, categories), notes: [note] };
}

async function whereItWas(config: RunConfig, open: () => Promise<RunData>): Promise<RunData> {
  try {
    return await open();
  } catch (error) {
    const folder = dataFolder(config);
    if (existsSync(folder)) throw error;
    throw new Error(
      `${(error as Error).message}\nThe data was in ${folder}, which is not there. If it has moved, set "data.root" to where it is now.`,
      { cause: error },
    );
  }
}

/** The same data under other category ids; names and their order are the same. */
function numberedAs(data: RunData, categories: readonly Category[]): RunData {
  const { labeled, unlabeled, hidden, validation } = data;
  return {
    ...data,
    labeled: { ...labeled, categories },
    unlabeled: unlabeled && { ...unlabeled, categories },
    hidden: hidden && { ...hidden, categories },
    validation: { ...validation, categories },
  };
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
  methods: Methods | undefined,
): string[] {
  let before: RunConfig;
  try {
    before = readRunConfig(out, methods ? { methods } : {});
  } catch (error) {
    if (step === undefined) return []; // killed before its first files were there: nothing to agree with
    throw error;
  }
  const { refused, notes } = compareSettings(before, config, step ?? 0, mayMove, methods);
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
