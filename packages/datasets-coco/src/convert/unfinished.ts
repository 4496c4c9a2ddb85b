import { lstat, readFile, rm, rmdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { asideOf, isAlive, removeLeftovers, writeWhole } from './write-file.ts';

/** Tells which files a set will have, before the first of them is written. */
export type Claim = (files: readonly string[]) => Promise<void>;

interface Journal {
  readonly pid: number;
  readonly host: string;
  /** Paths relative to the folder of the set. */
  readonly files: readonly string[];
}

/**
 * Writes a set whole or not at all. What it will have is written down first (`.train.unfinished`), so that what a
 * killed process left is taken away by the next one, and by the same one where it fails.
 *
 * @param isFinished whether the set is there: a process may be killed after its last file
 * @throws Error where a file of the set is there already, or another process writes the set
 */
export async function wholeSet<T>(
  root: string,
  set: string,
  isFinished: () => Promise<boolean>,
  write: (claim: Claim) => Promise<T>,
): Promise<T> {
  const journal = join(root, `.${set}.unfinished`);
  await removeLeftovers(journal);
  const before = await readJournal(journal);
  if (before !== undefined) {
    if (before.host === hostname() && before.pid !== process.pid && isAlive(before.pid)) {
      throw new Error(`${root}: process ${before.pid} is writing the set '${set}' just now (${journal}).`);
    }
    if (!(await isFinished())) await remove(root, before.files, before.pid);
    await rm(journal, { force: true });
  }
  let claimed: string[] = [];
  try {
    const result = await write(async (files) => {
      const names = files.map((file) => relative(root, file));
      await refuseTaken(files);
      const entry: Journal = { pid: process.pid, host: hostname(), files: names };
      await writeWhole(journal, JSON.stringify(entry));
      claimed = names;
    });
    await rm(journal, { force: true });
    return result;
  } catch (error) {
    await remove(root, claimed, process.pid);
    await rm(journal, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function readJournal(file: string): Promise<Journal | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const json = JSON.parse(text) as Partial<Journal> | null;
    const files = Array.isArray(json?.files) ? json.files.filter((name) => typeof name === 'string') : [];
    return { pid: Number(json?.pid ?? 0), host: String(json?.host ?? ''), files };
  } catch {
    return { pid: 0, host: '', files: [] };
  }
}

async function refuseTaken(files: readonly string[]): Promise<void> {
  for (const file of files) {
    const there = await lstat(file).catch(() => undefined);
    if (there) throw new Error(`${file} exists (EEXIST): nothing is written over. Take another folder.`);
  }
}

/** Removes files below a folder, what was left aside of them, and the folders that are empty then. */
async function remove(root: string, names: readonly string[], pid: number): Promise<void> {
  const folders = new Set<string>();
  const within = resolve(root) + sep;
  for (const name of names) {
    const file = resolve(root, name);
    if (!file.startsWith(within)) continue;
    for (const path of [file, asideOf(file, pid)]) await rm(path, { force: true }).catch(() => undefined);
    for (let folder = dirname(file); folder.startsWith(within); folder = dirname(folder)) folders.add(folder);
  }
  for (const folder of [...folders].sort((a, b) => b.length - a.length)) await rmdir(folder).catch(() => undefined);
}
