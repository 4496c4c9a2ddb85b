import { hostname } from 'node:os';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

interface Holder {
  pid: number;
  host: string;
  /** Distinguishes two holders of one process. */
  token: string;
}

const BEAT_MS = 5_000;
/** A lock that nobody has touched for so long is left over from a machine that went away. */
const STALE_MS = 60_000;

/**
 * Runs `work` while holding the lock file at `path`, waiting for another holder first. A holder that was killed does
 * not block: its process is gone, or (on another host that shares the folder) it has stopped touching the file.
 * @param onWait called once, with the holder's process id, when there is somebody to wait for
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  options: { signal?: AbortSignal; onWait?: (pid: number) => void; pollMs?: number } = {},
): Promise<T> {
  const { signal, onWait, pollMs = 500 } = options;
  const mine: Holder = { pid: process.pid, host: hostname(), token: `${process.pid}-${process.hrtime.bigint()}` };
  mkdirSync(dirname(path), { recursive: true });
  let told = false;
  while (!take(path, mine)) {
    const holder = readHolder(path);
    if (holder && isGone(path, holder)) {
      breakLock(path, holder);
      continue;
    }
    if (holder && !told) {
      told = true;
      onWait?.(holder.pid);
    }
    await sleep(pollMs, undefined, signal ? { signal } : undefined);
  }
  const beat = setInterval(() => {
    const now = new Date();
    try {
      utimesSync(path, now, now);
    } catch {
      // the folder was removed under us; the work itself will say so
    }
  }, BEAT_MS);
  beat.unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    if (readHolder(path)?.token === mine.token) rmSync(path, { force: true });
  }
}

function take(path: string, mine: Holder): boolean {
  try {
    writeFileSync(path, JSON.stringify(mine), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    // Released meanwhile, or created and not yet written: an empty file that stays so is broken by its age.
    try {
      if (ageMs(path) > STALE_MS) return { pid: 0, host: '', token: '' };
    } catch {
      // released meanwhile
    }
    return undefined;
  }
}

function ageMs(path: string): number {
  return new Date().getTime() - statSync(path).mtimeMs;
}

function isGone(path: string, holder: Holder): boolean {
  if (holder.host === hostname() && holder.pid > 0) {
    try {
      process.kill(holder.pid, 0);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ESRCH';
    }
  }
  try {
    return ageMs(path) > STALE_MS;
  } catch {
    return false;
  }
}

/** Takes a dead holder's lock away by renaming, which only one of several waiters can do. */
function breakLock(path: string, holder: Holder): void {
  if (readHolder(path)?.token !== holder.token) return;
  const aside = `${path}.broken-${process.pid}`;
  try {
    renameSync(path, aside);
    rmSync(aside, { force: true });
  } catch {
    // another waiter was first
  }
}
