import { copyFile, constants, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Where a file is while it is written. */
export const asideOf = (file: string, pid = process.pid): string => `${file}.${pid}.part`;

/**
 * Writes a file aside and renames it, so that it is never there by half. What killed processes left beside it stays:
 * see {@link writeList}.
 *
 * @throws Error that names the file, where the disk is full or the folder may not be written to
 */
export async function writeWhole(file: string, text: string): Promise<void> {
  await writeAside(file, (aside) => writeFile(aside, text));
}

/**
 * Writes likewise the file that lists a set, or that a set is, after taking away what killed processes left beside it.
 * That lists the folder: not for a file of each image.
 *
 * @param content the text, or what makes the file at the path that it gets
 */
export async function writeList(file: string, content: string | ((aside: string) => Promise<unknown>)): Promise<void> {
  await removeLeftovers(file);
  await writeAside(file, typeof content === 'string' ? (aside) => writeFile(aside, content) : content);
}

/** Copies a file as {@link writeWhole} writes one; on disks that can, without copying its bytes. */
export async function copyWhole(from: string, file: string): Promise<void> {
  await writeAside(file, (aside) => copyFile(from, aside, constants.COPYFILE_FICLONE));
}

/** @param write makes the file at the path that it gets */
async function writeAside(file: string, write: (aside: string) => Promise<unknown>): Promise<void> {
  const aside = asideOf(file);
  try {
    await mkdir(dirname(file), { recursive: true });
    await write(aside);
    await rename(aside, file);
  } catch (cause) {
    await rm(aside, { force: true }).catch(() => undefined);
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause;
    const reason = code === 'ENOSPC' ? 'the disk is full' : code === 'EROFS' ? 'the disk is read-only' : message;
    throw Object.assign(new Error(`${file} cannot be written: ${reason} (${code}).`, { cause }), { code });
  }
}

/** Takes away what processes that were killed left beside a file. */
export async function removeLeftovers(file: string): Promise<void> {
  const folder = dirname(file);
  for (const entry of await readdir(folder).catch((): string[] => [])) {
    const pid = entry.startsWith(`${basename(file)}.`) ? /\.(\d+)\.part$/.exec(entry)?.[1] : undefined;
    if (pid === undefined || isAlive(Number(pid))) continue;
    await rm(join(folder, entry), { force: true }).catch(() => undefined);
  }
}

/** Whether a process of this machine is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
