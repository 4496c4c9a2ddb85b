import { LISTED } from '@sed/trainer/data';

/** A note on data that names the command that lists what it counts. */
export const withCheckCommand = (note: string): string => note.replaceAll(LISTED, '`sed-cli data check` lists them.');
