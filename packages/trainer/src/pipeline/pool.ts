/** Worker threads that share jobs. What comes back depends on the job alone, never on the worker that did it. */
import type { ViewJob, ViewOutcome } from './job.ts';
import type { Request, Response } from './messages.ts';

/** The part of a `Worker` of node:worker_threads that is used. */
export interface WorkerLike {
  postMessage(request: Request): void;
  on(event: 'message', listener: (response: Response) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
  terminate(): Promise<unknown>;
  /** Whether it keeps the process alive. */
  ref(): void;
  unref(): void;
}

export interface Pool {
  /** @throws Error of the job, or one that names its file where the worker that had it ended */
  run: (job: ViewJob) => Promise<ViewOutcome>;
  /** Ends the workers once they have done what they began; jobs that are not done are refused. */
  close: () => Promise<void>;
}

interface Pending {
  readonly job: ViewJob;
  resolve: (outcome: ViewOutcome) => void;
  reject: (error: Error) => void;
}

interface Member {
  readonly worker: WorkerLike;
  readonly pending: Map<number, Pending>;
  readonly exited: Promise<void>;
  /** Why it takes no more jobs. */
  dead: string | undefined;
}

/** A worker may be this many jobs behind the least busy one before it loses the images that it has in its cache. */
const SLACK = 1;
/** Milliseconds that a worker has to end by itself: the time of a large image or two. */
const PATIENCE = 10_000;

/**
 * A pool of `size` workers. An image goes to the worker that had it last, so that each caches its share, unless that
 * one is busier than others. Jobs are handed over at once: a worker goes on while the training thread computes and
 * answers nobody.
 */
export function createPool(size: number, start: (index: number) => WorkerLike, patience = PATIENCE): Pool {
  const members = Array.from({ length: size }, (_, i) => enlist(start(i)));
  let closed = false;
  let next = 0;

  const choose = (path: string): Member | undefined => {
    const alive = members.filter((m) => m.dead === undefined);
    const least = Math.min(...alive.map((m) => m.pending.size));
    const own = members[hash(path) % size]!;
    if (own.dead === undefined && own.pending.size <= least + SLACK) return own;
    return alive.find((m) => m.pending.size === least);
  };

  return {
    run: (job) =>
      new Promise((resolve, reject) => {
        const member = choose(job.path);
        if (closed) return reject(new Error('The image workers have been closed.'));
        if (!member) return reject(new Error(`No image worker is left for ${job.path}: ${members[0]!.dead}`));
        const id = next++;
        if (member.pending.size === 0) member.worker.ref();
        member.pending.set(id, { job, resolve, reject });
        member.worker.postMessage({ id, job });
      }),
    async close() {
      closed = true;
      for (const { worker, pending, dead } of members) {
        const late = [...pending.values()];
        pending.clear();
        late.forEach(({ reject }) => reject(new Error('The image workers have been closed.')));
        if (dead === undefined) worker.postMessage({ close: true });
      }
      await Promise.all(members.map((member) => ended(member, patience)));
    },
  };
}

function enlist(worker: WorkerLike): Member {
  const pending = new Map<number, Pending>();
  let left = () => {};
  const member: Member = { worker, pending, exited: new Promise((settle) => (left = settle)), dead: undefined };
  worker.unref();
  worker.on('message', (response) => {
    const found = pending.get(response.id);
    if (!found) return; // it was closed meanwhile
    pending.delete(response.id);
    if (pending.size === 0) worker.unref();
    if ('outcome' in response) found.resolve(response.outcome);
    else found.reject(new Error(`${found.job.path}: ${response.error}`));
  });
  const fail = (why: string) => {
    member.dead ??= why;
    const lost = [...pending.values()];
    pending.clear();
    // it begins its jobs in order: one of the first broke it
    const names = lost.slice(0, 2).map(({ job }) => job.path);
    for (const { reject } of lost) {
      reject(
        new Error(
          `An image worker ended (${why}) at ${names.join(' or ')}. Take that file out, or try "pipeline.workers": 0.`,
        ),
      );
    }
  };
  worker.on('error', (error) => fail(error.message));
  worker.on('exit', (code) => {
    fail(`exit code ${code}`);
    left();
  });
  return member;
}

let abandoned = 0;

/**
 * Image workers of this process that could not be stopped. While there are any, Node's exit does not end: it waits for
 * its threads.
 */
export const abandonedThreads = (): number => abandoned;

/**
 * Waits for a worker that was asked to close; one that does not is stopped. One that cannot even be stopped, as it
 * waits for a disk that does not answer, is left to itself.
 */
async function ended({ worker, exited }: Member, patience: number): Promise<void> {
  worker.ref();
  let giveUp = () => {};
  const left = new Promise<void>((settle) => (giveUp = settle));
  const timers = [
    setTimeout(() => void worker.terminate(), patience),
    setTimeout(() => {
      abandoned++;
      worker.unref();
      giveUp();
    }, 2 * patience),
  ];
  await Promise.race([exited, left]);
  timers.forEach(clearTimeout);
}

/** FNV-1a of a path. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
