import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLock } from './lock.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sed-lock-'));
  path = join(folder, 'x.lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('one at a time, in turn, and the file goes away', async () => {
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setTimeout(resolve, 15));
    inside--;
  };
  await Promise.all([1, 2, 3].map(() => withLock(path, work, { pollMs: 5 })));
  expect(most).toBe(1);
  expect(existsSync(path)).toBe(false);
});

test('it is released when the work fails', async () => {
  await expect(withLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(existsSync(path)).toBe(false);
});

test('the lock of a process that is gone is taken over', async () => {
  writeFileSync(path, JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), token: 'dead' }));
  expect(await withLock(path, async () => 'mine', { pollMs: 5 })).toBe('mine');
});

test('the lock of another host is waited for, and taken over when nobody touches it any more', async () => {
  writeFileSync(path, JSON.stringify({ pid: 1, host: 'elsewhere', token: 'other' }));
  const waited: number[] = [];
  const mine = withLock(path, async () => 'mine', { pollMs: 5, onWait: (pid) => waited.push(pid) });
  await new Promise((resolve) => setTimeout(resolve, 40));
  expect(waited).toEqual([1]);
  const old = new Date(new Date().getTime() - 120_000);
  utimesSync(path, old, old);
  expect(await mine).toBe('mine');
});
