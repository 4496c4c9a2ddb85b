import { resolve } from 'node:path';
import { exists } from '../folder/exists.ts';
import type { Dataset } from '../types.ts';
import { refuseOutside } from './check-images.ts';
import { checkSetName, refuseExisting } from './set-name.ts';
import type { WriteSetOptions, WrittenSet } from './types.ts';
import { wholeSet, type Claim } from './unfinished.ts';

/** Where a set is written. */
export interface SetPlace {
  /** Absolute path of the folder. */
  readonly root: string;
  readonly set: string;
  /** The file that lists what the set has, and is written last. */
  readonly file: string;
}

/**
 * Writes a set of a format in which one file lists it, whole or not at all.
 *
 * @param listOf the file, in a folder and for a set
 * @throws Error where the set is there already, has no proper name, or has images outside of its folders
 */
export async function listedSet(
  dataset: Dataset,
  folder: string,
  { set = 'train', imageFiles = 'copy' }: WriteSetOptions,
  listOf: (root: string, set: string) => string,
  write: (place: SetPlace, claim: Claim) => Promise<WrittenSet>,
): Promise<WrittenSet> {
  checkSetName(set);
  const root = resolve(folder);
  const file = listOf(root, set);
  await refuseExisting(file, set);
  await refuseOutside(dataset, imageFiles);
  return wholeSet(
    root,
    set,
    () => exists(file),
    (claim) => write({ root, set, file }, claim),
  );
}
