import { exists } from '../folder/exists.ts';

/** @throws Error where the name would not be one of a file */
export function checkSetName(set: string): void {
  if (/^[\w][\w.+-]*$/.test(set)) return;
  throw new Error(`The set '${set}' cannot be the name of a file: take letters, digits, '-', '_' and '.'.`);
}

/** @throws Error where the set was written before */
export async function refuseExisting(file: string, set: string): Promise<void> {
  if (await exists(file))
    throw new Error(`${file} exists: the set '${set}' is there already. Take another folder or another set.`);
}
