import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { acquireLock, heldBy, LockedError } from './lock.ts';
import { thisProcess, whereaboutsOf, type Holder } from './process-identity.ts';

const place = () => join(mkdtempSync(join(tmpdir(), 'sed-lock-')), 'run.lock');
const leave = (path: string, changes: Partial<Holder>) =>
  writeFileSync(path, JSON.stringify({ ...thisProcess(), ...changes }));
const linux = process.platform === 'linux' ? test : test.skip;

/** The number of a process that has been. */
function goneProcess(): number {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  return pid;
}

test('who has it, has it until it is released', () => {
  const path = place();
  const lock = acquireLock(path);
  expect(() => acquireLock(path)).toThrow(LockedError);
  expect(() => acquireLock(path)).toThrow(`process ${process.pid} on host`);
  expect(heldBy(path)?.whereabouts).toBe('running');
  expect(readdirSync(dirname(path))).toEqual(['run.lock']);
  lock.release();
  expect(readdirSync(dirname(path))).toEqual([]);
  acquireLock(path).release();
});

test('one whose process is gone is taken over, also while another take-over was killed', () => {
  const path = place();
  const pid = goneProcess();
  leave(path, { pid });
  leave(`${path}.claim`, { pid });
  leave(`${path}.claim.claim`, { pid });
  expect(heldBy(path)).toBeUndefined();
  const lock = acquireLock(path);
  expect(lock.current()?.pid).toBe(process.pid);
  expect(readdirSync(dirname(path))).toEqual(['run.lock']);
  lock.release();
});

test('a release leaves what is another’s by now', () => {
  const path = place();
  const lock = acquireLock(path);
  leave(path, { id: 'another' });
  lock.release();
  expect(readdirSync(dirname(path))).toEqual(['run.lock']);
});

test('whether a process is still there', () => {
  const here = thisProcess();
  expect(whereaboutsOf(here)).toBe('running');
  expect(whereaboutsOf({ ...here, host: `${here.host}-2` })).toBe('elsewhere');
  expect(whereaboutsOf({ ...here, pid: goneProcess() })).toBe('gone');
  // the machine has restarted since; a container of it cannot be looked into; the number has been given to another
  // process
  expect(whereaboutsOf({ ...here, boot: 'a' }, { ...here, boot: 'b' })).toBe('gone');
  expect(whereaboutsOf({ ...here, namespace: 'pid:[1]' }, { ...here, namespace: 'pid:[2]' })).toBe('elsewhere');
  if (process.platform !== 'win32') expect(whereaboutsOf({ ...here, began: 'long ago' })).toBe('gone');
  // what is not known decides nothing
  expect(whereaboutsOf({ ...here, boot: null, namespace: null, began: null })).toBe('running');
});

linux('a process that has ended and that nobody has asked about is gone', async () => {
  // the shell's child ends; the shell, replaced by sleep, never asks
  const parent = spawn('sh', ['-c', 'sh -c "echo \\$\\$" & exec sleep 60']);
  try {
    const pid = Number(await new Promise<Buffer>((data) => parent.stdout.once('data', data)));
    for (;;) {
      const state = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]![0];
      if (state === 'Z') break;
      await new Promise(setImmediate);
    }
    process.kill(pid, 0); // it still has its number
    expect(whereaboutsOf({ ...thisProcess(), pid, began: null })).toBe('gone');
  } finally {
    parent.kill('SIGKILL');
  }
});

test.each(['', '{', 'null', '[]', '{"pid":1}', '{"id":"a","pid":-1,"host":"h","since":"s"}', '\u0000'])(
  'what is no lock is not taken for a stale one: %j',
  (text) => {
    const path = place();
    writeFileSync(path, text);
    expect(() => acquireLock(path)).toThrow(/run\.lock is not a lock .*delete it/);
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(readdirSync(dirname(path))).toEqual(['run.lock']);
  },
);

test('of many that start at the same moment over a stale lock, one has it, every time', async () => {
  const program = `
    import { existsSync } from 'node:fs';
    import { createInterface } from 'node:readline';
    import { acquireLock } from ${JSON.stringify(new URL('../../dist/disk/lock.js', import.meta.url).href)};
    let lock;
    const say = (word) => process.stdout.write(word + '\\n');
    createInterface({ input: process.stdin }).on('line', (path) => {
      if (path === 'release') {
        lock?.release();
        lock = undefined;
        return say('released');
      }
      while (!existsSync(path + '.go')); // they wait awake, to be as close together as can be
      try {
        lock = acquireLock(path);
        say('mine');
      } catch (error) {
        say(error.name);
      }
    });
    say('ready');`;
  const children = Array.from({ length: 6 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', program], { env: {} }),
  );
  const words = () =>
    Promise.all(
      children.map(
        (child) =>
          new Promise<string>((word) => child.stdout.once('data', (data: Buffer) => word(String(data).trim()))),
      ),
    );
  const ask = (line: string) => children.forEach((child) => child.stdin.write(`${line}\n`));
  try {
    await words();
    const pid = goneProcess();
    for (let round = 0; round < 25; round++) {
      const path = place();
      leave(path, { pid });
      let heard = words();
      ask(path);
      mkdirSync(`${path}.go`);
      expect((await heard).sort()).toEqual([...Array.from({ length: 5 }, () => 'LockedError'), 'mine']);
      heard = words();
      ask('release');
      await heard;
      expect(readdirSync(dirname(path))).toEqual(['run.lock.go']);
    }
    // the last one is let go of by the end of its process
    const path = place();
    const heard = words();
    mkdirSync(`${path}.go`);
    ask(path);
    await heard;
    const ended = children.map((child) => new Promise((done) => child.on('exit', done)));
    children.forEach((child) => child.stdin.end());
    await Promise.all(ended);
    expect(readdirSync(dirname(path))).toEqual(['run.lock.go']);
  } finally {
    children.forEach((child) => child.kill('SIGKILL'));
  }
}, 60_000);
