/** One run at a time in a folder: `run.lock` says which process has it. */
import { mkdirSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { attempt, exists } from '../disk/durable.ts';
import { identityOf, type FolderIdentity } from '../disk/folder-identity.ts';
import { acquireLock, heldBy, LockedError, type Lock } from '../disk/lock.ts';
import type { Holder } from '../disk/process-identity.ts';
import { checkFolder, isLockFile, lineage, lockFile, metricsFile } from './folder.ts';

/** Where the folder of a run is, that a lock was taken in. */
export type Place =
  /** Where it was, and it is this run's. */
  | { readonly kind: 'held' }
  /** Somebody has renamed it. */
  | { readonly kind: 'moved'; readonly to: string }
  /** There is nothing under its name, and it is not to be found. */
  | { readonly kind: 'gone' }
  /** Under its name there is something else: another folder, or one that another process has. */
  | { readonly kind: 'taken'; readonly by: string };

/** The folder of a run that goes on is not its own any more. */
export class FolderLostError extends Error {
  override readonly name = 'FolderLostError';
}

export interface FolderLock {
  place(): Place;
  /** Frees the folder; one that was made for the run and has nothing in it goes. */
  release(): void;
}

/**
 * @throws Error where a run is going on in the folder, or may be: it says which process has it, and what to do
 */
export function refuseRunning(out: string): void {
  if (!statSync(out, { throwIfNoEntry: false })?.isDirectory()) return; // said elsewhere
  const held = heldBy(lockFile(out));
  if (held) throw new Error(explain(out, held));
}

/**
 * Takes a run folder, which is made where it is not there.
 * @throws Error where it cannot be had: somebody else's, not empty, not to be written
 */
export function lockFolder(out: string, resume: boolean): FolderLock {
  refuseRunning(out);
  checkFolder(out, resume);
  const made = makeFolders(out);
  try {
    const lock = acquireLock(lockFile(out));
    try {
      checkFolder(out, resume); // whoever had it may just have made a run there
      attempt(() => sweep(out));
      return folderLock(out, lock, identityOf(out), made);
    } catch (error) {
      lock.release();
      throw error;
    }
  } catch (error) {
    remove(made);
    throw error instanceof LockedError ? new Error(explain(out, error), { cause: error }) : error;
  }
}

function folderLock(out: string, lock: Lock, folder: FolderIdentity, made: readonly string[]): FolderLock {
  const other = ({ pid, host }: Holder): Place => ({ kind: 'taken', by: `process ${pid} on host ${host}` });
  const place = (): Place => {
    const found = lock.current();
    if (found) return found.id === lock.holder.id ? { kind: 'held' } : other(found);
    if (folder.is(out)) {
      // somebody has deleted the lock alone
      try {
        lock.restore();
        return { kind: 'held' };
      } catch (error) {
        if (error instanceof LockedError) return other(error.holder);
        throw error;
      }
    }
    const to = folder.find();
    if (to !== undefined) return { kind: 'moved', to };
    return exists(out) ? { kind: 'taken', by: 'something else of that name' } : { kind: 'gone' };
  };
  const release = () => {
    const last = attempt(place);
    if (last?.kind === 'moved') attempt(() => rmSync(lockFile(last.to), { force: true }));
    lock.release();
    folder.close();
    remove(made);
  };
  return { place, release };
}

/**
 * To be called before something is written: in a folder that is not the run's it would spoil what is another's.
 * @throws FolderLostError that says where the folder is
 */
export function requireHeld(out: string, lock: FolderLock): void {
  const words = describePlace(out, lock.place());
  if (words !== undefined) throw new FolderLostError(words);
}

/** What the user must know of a folder that is not where it was. */
export function describePlace(out: string, place: Place): string | undefined {
  switch (place.kind) {
    case 'held':
      return undefined;
    case 'moved':
      return `The run folder ${out} was renamed while the run went on: it is ${place.to} now.`;
    case 'gone':
      return `The run folder ${out} was removed or moved away while the run went on.`;
    case 'taken':
      return `${out} has been taken by ${place.by} while the run went on: nothing more is written there.`;
  }
}

/**
 * Makes a folder and those it is in, one by one: Node's own recursion never ends where the system refuses with ENOENT
 * (/proc).
 */
function makeFolders(out: string): string[] {
  const made: string[] = [];
  try {
    for (const path of lineage(out).reverse()) {
      if (exists(path)) continue;
      mkdirSync(path);
      made.unshift(path);
    }
  } catch (error) {
    remove(made);
    throw new Error(`${out} cannot be made: ${(error as Error).message}. Choose another folder.`, { cause: error });
  }
  return made;
}

/** Removes what processes left that were killed while they took the lock. */
function sweep(out: string): void {
  for (const name of readdirSync(out)) {
    if (isLockFile(name) && name !== basename(lockFile(out)) && !attempt(() => heldBy(join(out, name)))) {
      rmSync(join(out, name), { force: true });
    }
  }
}

function explain(out: string, { path, holder, whereabouts }: LockedError): string {
  const { pid, host, since } = holder;
  const who = `A run is going on in ${out}: process ${pid}${pid === process.pid && whereabouts === 'running' ? ' (this one)' : ''} on host ${host} since ${since}.`;
  if (whereabouts === 'running')
    return `${who} Wait for it to end or stop it; two runs in one folder would spoil each other.`;
  const where =
    host === hostname() ? 'in another container of this host' : `on another host than this one (${hostname()})`;
  const last = statSync(metricsFile(out), { throwIfNoEntry: false })?.mtime;
  const sign = last ? ` Its last sign is of ${last.toISOString()} (metrics.jsonl).` : '';
  return (
    `${who} It is ${where}, so whether it still runs cannot be seen from here.${sign} ` +
    `If it does not run any more, delete ${path} and try again.`
  );
}

/** Removes folders that are empty, the inner ones first. */
function remove(folders: readonly string[]): void {
  folders.forEach((path) => attempt(() => rmdirSync(path)));
}
