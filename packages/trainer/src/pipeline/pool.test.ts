import { EventEmitter } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ViewJob } from './job.ts';
import type { Request } from './messages.ts';
import { abandonedThreads, createPool, type WorkerLike } from './pool.ts';

const job = (path: string): ViewJob => ({
  path,
  boxes: new Float32Array(0),
  labels: new Int32Array(0),
  step: 0,
  place: 0,
  source: 'labeled',
  chains: { image: ['weak'] },
});
const outcome = { ok: true } as const;

/** A worker that answers when it is told to. */
class Fake extends EventEmitter implements WorkerLike {
  readonly jobs: { id: number; path: string }[] = [];
  held = true;
  postMessage(request: Request): void {
    if ('close' in request) this.emit('exit', 0);
    else this.jobs.push({ id: request.id, path: request.job.path });
  }
  answer(): void {
    this.emit('message', { id: this.jobs.shift()!.id, outcome });
  }
  async terminate(): Promise<void> {}
  ref(): void {
    this.held = true;
  }
  unref(): void {
    this.held = false;
  }
}

function fakePool(size: number) {
  const workers: Fake[] = [];
  const pool = createPool(size, () => {
    workers.push(new Fake());
    return workers.at(-1)!;
  });
  return { pool, workers };
}

test('an image goes to the worker that had it, and to another where that one is far behind', async () => {
  const { pool, workers } = fakePool(3);
  const done: Promise<unknown>[] = [];
  for (let i = 0; i < 9; i++) done.push(pool.run(job('same.jpg')));
  const waiting = workers.map((w) => w.jobs.length).sort();
  expect(waiting[2]! - waiting[0]!).toBe(2);
  workers.forEach((w) => {
    while (w.jobs.length > 0) w.answer();
  });
  await Promise.all(done);
  const home = [];
  for (let i = 0; i < 5; i++) {
    const running = pool.run(job('same.jpg'));
    home.push(workers.findIndex((w) => w.jobs.length > 0));
    workers[home.at(-1)!]!.answer();
    await running;
  }
  expect(new Set(home).size).toBe(1);
  const used = new Set<number>();
  for (let i = 0; i < 60; i++) {
    const running = pool.run(job(`${i}.jpg`));
    used.add(workers.findIndex((w) => w.jobs.length > 0));
    workers.find((w) => w.jobs.length > 0)!.answer();
    await running;
  }
  expect(used.size).toBe(3);
});

test('the process is held only while something is to be done', async () => {
  const { pool, workers } = fakePool(1);
  expect(workers[0]!.held).toBe(false);
  const running = pool.run(job('a.jpg'));
  expect(workers[0]!.held).toBe(true);
  workers[0]!.answer();
  await running;
  expect(workers[0]!.held).toBe(false);
});

test('a worker that ends takes its jobs with it, by name; the others go on; when none is left, that is said', async () => {
  const { pool, workers } = fakePool(2);
  const settled: Promise<PromiseSettledResult<unknown>[]>[] = [];
  for (const path of ['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg']) settled.push(Promise.allSettled([pool.run(job(path))]));
  const lost = workers[0]!.jobs.map(({ path }) => path);
  expect(lost.length).toBeGreaterThan(0);
  workers[0]!.emit('error', new Error('out of memory'));
  workers[0]!.emit('exit', 1);
  while (workers[1]!.jobs.length > 0) workers[1]!.answer();
  const results = (await Promise.all(settled)).flat();
  const failed = results.filter((r) => r.status === 'rejected');
  expect(failed).toHaveLength(lost.length);
  expect(String(failed[0]!.reason)).toBe(
    `Error: An image worker ended (out of memory) at ${lost.slice(0, 2).join(' or ')}. Take that file out, or try "pipeline.workers": 0.`,
  );
  for (const path of lost) {
    const running = pool.run(job(path));
    workers[1]!.answer();
    expect(await running).toEqual(outcome);
  }
  workers[1]!.emit('exit', 1);
  await expect(pool.run(job('e.jpg'))).rejects.toThrow('No image worker is left for e.jpg: out of memory');
  await pool.close();
});

test('closing refuses what is not done and what comes after, and ignores late answers', async () => {
  const { pool, workers } = fakePool(1);
  const running = pool.run(job('a.jpg'));
  const refused = expect(running).rejects.toThrow('have been closed');
  await pool.close();
  await refused;
  expect(() => workers[0]!.answer()).not.toThrow();
  await expect(pool.run(job('b.jpg'))).rejects.toThrow('have been closed');
});

test('a worker that cannot be stopped is left to itself, and counted', async () => {
  const before = abandonedThreads();
  let worker!: Fake;
  const pool = createPool(
    1,
    () => {
      worker = new Fake();
      worker.postMessage = () => {}; // it never ends
      return worker;
    },
    20,
  );
  await pool.close();
  expect([worker.held, abandonedThreads() - before]).toEqual([false, 1]);
});

describe('threads', () => {
  const thread = (code: string) => () => new Worker(code, { eval: true, stderr: true });

  test('an uncaught error names the file', async () => {
    const pool = createPool(
      1,
      thread(`require('node:worker_threads').parentPort.on('message', () => { throw new Error('broken'); })`),
    );
    await expect(pool.run(job('/data/bad.jpg'))).rejects.toThrow('ended (broken) at /data/bad.jpg.');
    await pool.close();
  });

  test('a thread that exits, likewise', async () => {
    const pool = createPool(
      1,
      thread(`require('node:worker_threads').parentPort.on('message', () => process.exit(3))`),
    );
    await expect(pool.run(job('/data/bad.jpg'))).rejects.toThrow('ended (exit code 3) at /data/bad.jpg.');
    await pool.close();
  });

  test('one that does not end when it is asked to is stopped', async () => {
    const pool = createPool(1, thread(`require('node:worker_threads').parentPort.on('message', () => {})`), 50);
    const refused = expect(pool.run(job('a.jpg'))).rejects.toThrow('have been closed');
    await pool.close();
    await refused;
  });
});
