import { isAbsolute, relative, resolve, sep } from 'node:path';

/** A path as it is typed in a folder: relative where it lies below it, `.` for the folder itself, else absolute. */
export function shownFrom(folder: string, path: string): string {
  const below = relative(resolve(folder), path);
  if (below === '') return '.';
  return below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below) ? path : below;
}
