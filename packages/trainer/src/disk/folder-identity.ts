/** A folder that is found again when somebody has renamed it. */
import { closeSync, openSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { attempt } from './durable.ts';

export interface FolderIdentity {
  /** Whether that path is the folder. */
  is(path: string): boolean;
  /**
   * Under which name it is now: anywhere on Linux, beside the former name elsewhere. Undefined where it is not to be
   * found.
   */
  find(): string | undefined;
  close(): void;
}

/** @param folder one that is there */
export function identityOf(folder: string): FolderIdentity {
  const path = resolve(folder);
  const { dev, ino } = statSync(path);
  // Linux tells under which name an open folder is
  const handle = process.platform === 'linux' ? openSync(path, 'r') : undefined;
  const is = (other: string): boolean => {
    const found = statSync(other, { throwIfNoEntry: false });
    return found?.dev === dev && found.ino === ino;
  };
  const candidates = (): string[] => {
    if (handle !== undefined) return [readlinkSync(`/proc/self/fd/${handle}`)];
    return readdirSync(dirname(path)).map((name) => join(dirname(path), name));
  };
  return {
    is,
    find: () => attempt(candidates)?.find((candidate) => attempt(() => is(candidate)) === true),
    close: () => handle !== undefined && attempt(() => closeSync(handle)),
  };
}
