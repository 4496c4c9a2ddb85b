/** Which process this is, so that another one can tell later whether it is still there. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { codeOf } from './durable.ts';

/** What a lock says of who holds it. What the system does not tell is null. */
export interface Holder {
  /** Of this one holding: no other has it. */
  readonly id: string;
  readonly pid: number;
  readonly host: string;
  /** Changes when the machine restarts. */
  readonly boot: string | null;
  /** Containers of one machine number their processes for themselves. */
  readonly namespace: string | null;
  /** When the process began, in whatever words the system has for it: numbers of processes are used again. */
  readonly began: string | null;
  /** When the lock was taken, ISO 8601. */
  readonly since: string;
}

/** `elsewhere`: on a machine, or in a container, whose processes cannot be seen from here. */
export type Whereabouts = 'running' | 'gone' | 'elsewhere';

/** This process, as the holder of something new. */
export function thisProcess(): Holder {
  return {
    id: randomUUID(),
    pid: process.pid,
    host: hostname(),
    boot: orNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    namespace: orNull(() => readlinkSync('/proc/self/ns/pid')),
    began: beginOf(process.pid),
    since: new Date().toISOString(),
  };
}

/** Whether the process of a holder is still there. */
export function whereaboutsOf(holder: Holder, here: Holder = thisProcess()): Whereabouts {
  if (holder.host !== here.host) return 'elsewhere';
  if (differ(holder.boot, here.boot)) return 'gone';
  if (differ(holder.namespace, here.namespace)) return 'elsewhere';
  return isRunning(holder) ? 'running' : 'gone';
}

function isRunning({ pid, began }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false; // EPERM: it is another user's
  }
  const now = beginOf(pid);
  return now !== ENDED && !differ(began, now);
}

/** In place of when it began: it has ended, and its parent has not asked how. */
const ENDED = 'ended';

function beginOf(pid: number): string | null {
  if (process.platform === 'linux') {
    return orNull(() => {
      const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // the name in parentheses may have spaces; after it the state is the first word, and the ticks since the machine
      // began the 20th
      const words = text.slice(text.lastIndexOf(')') + 2).split(' ');
      return words[0] === 'Z' || words[0] === 'X' ? ENDED : words[19]!;
    });
  }
  if (process.platform === 'win32') return null;
  const ps = ['-o', 'lstart=', '-p', String(pid)];
  return orNull(() => execFileSync('ps', ps, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim());
}

const differ = (a: string | null, b: string | null): boolean => a !== null && b !== null && a !== b;

function orNull(read: () => string): string | null {
  try {
    return read() || null;
  } catch {
    return null;
  }
}
