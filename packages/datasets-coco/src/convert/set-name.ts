import { stat } from 'node:fs/promises';

/** @throws Error where the name would not be one of a file */
export function checkSetName(set: string): void {
  if (/^[\w][\w.+-]*$/.test(set)) return;
  throw new Error(`The set '${set}' cannot be the name of a file: take letters, digits, '-', '_' and '.'.`);
}

/** @throws Error where the set was written before */
export async function refuseExisting(file: string, set: string): Promise<void> {
  const there = await stat(file).catch(() => undefined);
  if (there) throw new Error(`${file} exists: the set '${set}' is there already. Take another folder or another set.`);
}
