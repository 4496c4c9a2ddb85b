import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes a file whole or not at all: aside, then renamed. A link of that name is replaced, what it leads to is left
 * alone; a device or a pipe, as `/dev/stdout`, is written to.
 * @throws the system's error, of the path that was asked for
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (isDevice(path) || (there !== undefined && !there.isFile())) return writeFile(path, content);
  await mkdir(dirname(path), { recursive: true });
  const aside = `${path}.${process.pid}.tmp`;
  try {
    // a name that is taken, a link of somebody else's, is no place to write to
    await rm(aside, { force: true });
    await writeFile(aside, content, { flag: 'wx' });
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true }).catch(() => {});
    throw Object.assign(error as NodeJS.ErrnoException, { path });
  }
}

/** JSON with a line's end, {@link writeWhole}. */
export const writeJson = (path: string, value: unknown): Promise<void> =>
  writeWhole(path, `${JSON.stringify(value)}\n`);

/** Whether a path is one of the system's, as `/dev/stdout`: nothing else is written beside it. */
export const isDevice = (path: string): boolean => /^\/(dev|proc)\//.test(path);
