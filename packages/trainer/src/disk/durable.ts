/** Files that are there whole or not at all, and errors of the file system that name the file. */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/**
 * Whether there is something under that name.
 * @throws Error where it cannot be told, e.g. in a folder that may not be read: that is not the same as "no"
 */
export function exists(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return false;
    throw error;
  }
}

/** `code` of an Error of Node's, e.g. `ENOSPC`. */
export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}

/** @throws Error that names the file */
export function readNamed(path: string): Buffer {
  return named(path, () => readFileSync(path));
}

/** Writes a file; when it returns, the bytes are on the disk. @throws Error that names the file */
export function writeDurably(path: string, bytes: Uint8Array): void {
  named(path, () => withFile(path, 'w', (file) => write(file, bytes)));
}

/**
 * Replaces a file by another content. Killed at any moment, there is the old or the new one. @throws Error that names
 * the file
 */
export function writeWhole(path: string, text: string): void {
  const aside = `${path}.writing`;
  try {
    writeDurably(aside, Buffer.from(text));
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { force: true }); // on a full disk, others need the room
    throw error;
  }
  syncFolder(dirname(path));
}

/** Adds to the end of a file, all or nothing as far as the system lets it. @throws Error that names the file */
export function appendWhole(path: string, text: string): void {
  const file = named(path, () => openSync(path, 'a'));
  try {
    const { size } = fstatSync(file);
    try {
      named(path, () => write(file, Buffer.from(text)));
    } catch (error) {
      attempt(() => ftruncateSync(file, size)); // half a line would be in the way of the next one
      throw error;
    }
  } finally {
    closeSync(file);
  }
}

/** Has what was written to a file put on the disk. A file that is not there is left at that. */
export function syncFile(path: string): void {
  if (exists(path)) named(path, () => withFile(path, 'r+', () => {}));
}

/** Has the names in a folder put on the disk. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    // some file systems cannot sync a folder; a rename is atomic all the same
    attempt(() => fsyncSync(handle));
  } finally {
    closeSync(handle);
  }
}

function withFile(path: string, flags: string, use: (file: number) => void): void {
  const file = openSync(path, flags);
  try {
    use(file);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function write(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}

/** Node's errors of an open file ("ENOSPC: no space left on device, write") do not say which. */
function named<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { message, code, path: known } = error as NodeJS.ErrnoException;
    if (known !== undefined) throw error;
    throw Object.assign(new Error(`${message} '${path}'`, { cause: error }), { code, path });
  }
}

/** What `work` gives, undefined where it fails: for what is to be tidied up and no harm where it stays. */
export function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
