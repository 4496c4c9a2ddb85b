/**
 * A lock that is a file: whoever makes it has it. It says which process has it, so that one that was left by a process
 * that is gone is told from one that is held, and taken over.
 */
import { constants, copyFileSync, linkSync, renameSync, rmSync } from 'node:fs';
import { codeOf, exists, readNamed, writeDurably } from './durable.ts';
import { thisProcess, whereaboutsOf, type Holder, type Whereabouts } from './process-identity.ts';

/** Somebody else has it. */
export class LockedError extends Error {
  override readonly name = 'LockedError';
  readonly path: string;
  readonly holder: Holder;
  readonly whereabouts: Exclude<Whereabouts, 'gone'>;
  constructor(path: string, holder: Holder, whereabouts: Exclude<Whereabouts, 'gone'>) {
    super(`${path} is held by process ${holder.pid} on host ${holder.host} since ${holder.since}.`);
    this.path = path;
    this.holder = holder;
    this.whereabouts = whereabouts;
  }
}

export interface Lock {
  readonly path: string;
  readonly holder: Holder;
  /** Who has it now; undefined where the file is gone. */
  current(): Holder | undefined;
  /** Puts the file back where somebody removed it. @throws LockedError where another process was faster */
  restore(): void;
  /** Removes the file, if it is still this lock's. Also happens when the process exits. */
  release(): void;
}

/**
 * Takes the lock, at once or not at all.
 * @throws LockedError where another process has it; Error where the file is no lock, or cannot be made
 */
export function acquireLock(path: string): Lock {
  const holder = thisProcess();
  take(path, holder);
  const release = () => {
    process.off('exit', release);
    try {
      if (readHolder(path)?.id === holder.id) rmSync(path, { force: true });
    } catch {
      // it is not to be read any more, or the folder is read-only now: the next one finds that this process is gone
    }
  };
  process.on('exit', release);
  return { path, holder, current: () => readHolder(path), restore: () => take(path, holder), release };
}

/**
 * Who holds a lock; undefined where nobody has it or its process is gone.
 * @throws Error where the file is no lock
 */
export function heldBy(path: string): LockedError | undefined {
  const holder = readHolder(path);
  if (!holder) return undefined;
  const whereabouts = whereaboutsOf(holder);
  return whereabouts === 'gone' ? undefined : new LockedError(path, holder, whereabouts);
}

function take(path: string, holder: Holder): void {
  // made aside and then linked: the lock is never there without its content
  const aside = `${path}.${holder.id}`;
  writeDurably(aside, Buffer.from(`${JSON.stringify(holder)}\n`));
  try {
    while (!(makeExclusively(aside, path) || takeOver(path, aside)));
  } finally {
    rmSync(aside, { force: true });
  }
}

/** @returns false where there is one already */
function makeExclusively(aside: string, path: string): boolean {
  try {
    linkSync(aside, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    if (codeOf(error) === 'ENOENT') throw error;
  }
  // a file system without links
  try {
    copyFileSync(aside, path, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Replaces a lock whose process is gone. Two that see the same one must not both do that, nor may the slower remove
 * what the faster has put there: who holds a second lock does it.
 * @returns false where it has changed meanwhile
 */
function takeOver(path: string, aside: string): boolean {
  // Read once: between two looks a stale one may have been replaced by one that is held.
  const stale = readHolder(path);
  if (!stale) return false; // released just now
  const whereabouts = whereaboutsOf(stale);
  if (whereabouts !== 'gone') throw new LockedError(path, stale, whereabouts);
  const claim = acquireLock(`${path}.claim`);
  try {
    if (readHolder(path)?.id !== stale.id) return false;
    renameSync(aside, path);
    return true;
  } finally {
    claim.release();
  }
}

function readHolder(path: string): Holder | undefined {
  if (!exists(path)) return undefined;
  let holder: Partial<Holder> | null;
  try {
    holder = JSON.parse(readNamed(path).toString('utf8')) as Partial<Holder> | null;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (codeOf(error) !== undefined) throw error;
    holder = null;
  }
  const { id, pid, host, since, boot = null, namespace = null, began = null } = holder ?? {};
  if (typeof id !== 'string' || !isPid(pid) || typeof host !== 'string' || typeof since !== 'string') {
    throw new Error(`${path} is not a lock as this version writes it. If no run is going on there, delete it.`);
  }
  return { id, pid, host, since, boot, namespace, began };
}

const isPid = (value: unknown): value is number => Number.isInteger(value) && (value as number) > 0;
