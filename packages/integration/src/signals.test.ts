/**
 * What ends a command from outside: signals, alone or after the reader of its output has gone. Needs the packages built
 * (`tsc -b`): the commands are processes of their own.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cli, env, writeTinyRun } from './testing/tiny-run.ts';

const PATIENCE = 120_000;
/** `test`, or a skipped test whose name says why. */
const where = (possible: boolean, why: string) => (name: string, body: () => Promise<void>, patience: number) =>
  possible ? test(name, body, patience) : test.skip(`${name} [NOT RUN: ${why}]`, body);
const posix = where(process.platform !== 'win32', 'not on Windows');
const linux = where(process.platform === 'linux', 'Linux only');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sed-signals-'));
  // long enough that no test sees its end, but for the last
  writeTinyRun(folder, { iterations: 5000, schedule: { kind: 'step', milestones: [4000] }, evaluation: { every: 0 } });
}, PATIENCE);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly text: string;
}

/** Ends what a test that failed has left. */
const leftOver = new Set<() => Promise<unknown>>();
afterEach(async () => {
  await Promise.all([...leftOver].map((kill) => kill()));
  leftOver.clear();
});

/** Runs a shell's line in a process group of its own. */
function shell(line: string) {
  const child = spawn('sh', ['-c', line], { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (text += data.toString()));
  const ended = new Promise<Ended>((done) => child.on('close', (code) => done({ code, text })));
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(-child.pid!, name);
    } catch (error) {
      // it may have gone by now
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  leftOver.add(() => {
    signal('SIGKILL');
    return ended;
  });
  return { ended, signal };
}

const train = (out: string, more = '') =>
  `node '${cli}' train --config run.json --out ${out} --no-report --set checkpoints.every=0 ${more}`;
const rows = (out: string) => {
  const file = join(folder, out, 'metrics.jsonl');
  return existsSync(file) ? readFileSync(file, 'utf8').split('"kind":"train"').length - 1 : 0;
};
/** @throws where the run ends before */
const trained = async (out: string, steps: number, ended: Promise<Ended>) => {
  let end: Ended | undefined;
  void ended.then((found) => (end = found));
  while (rows(out) < steps) {
    if (end !== undefined) throw new Error(`the run ended (${end.code}) before step ${steps}: ${end.text}`);
    await new Promise((soon) => setTimeout(soon, 50));
  }
};
/** The steps of the checkpoints; nothing else may be left. */
const kept = (out: string) => {
  expect(readdirSync(join(folder, out)).sort()).toEqual(['checkpoints', 'config.json', 'data.json', 'metrics.jsonl']);
  return readdirSync(join(folder, out, 'checkpoints')).map((name) => Number(/^step-(\d+)$/.exec(name)?.[1]));
};

posix(
  'Ctrl-C of a run whose output goes through a pipe ends the reader first: there is a checkpoint all the same',
  async () => {
    const { ended, signal } = shell(`${train('piped')} 2>&1 | tee log`);
    await trained('piped', 5, ended);
    signal('SIGINT');
    await ended;
    expect(Math.max(...kept('piped'))).toBeGreaterThanOrEqual(5);
    expect(rows('piped')).toBe(Math.max(...kept('piped')));
  },
  PATIENCE,
);

for (const name of ['SIGHUP', 'SIGTERM'] as const)
  posix(
    `${name} stops a run with a checkpoint, and no step before it is lost`,
    async () => {
      const out = name.toLowerCase();
      const { ended, signal } = shell(`exec ${train(out)}`);
      await trained(out, 5, ended);
      signal(name);
      signal(name); // a terminal that is closed sends more than one
      const { code, text } = await ended;
      expect({ code, text }).toEqual({
        code: 1,
        text: expect.stringMatching(/Stopped at iteration \d+ of 5000.*--resume/) as string,
      });
      expect(rows(out)).toBe(Math.max(...kept(out)));
    },
    PATIENCE,
  );

posix(
  'a second Ctrl-C ends it at once; the folder is free',
  async () => {
    const { ended, signal } = shell(`exec ${train('twice', '--set evaluation.every=1')}`);
    await trained('twice', 4, ended);
    // until it has gone: how long one step and its checkpoint take is not known here
    const again = setInterval(() => signal('SIGINT'), 400);
    const { text } = await ended.finally(() => clearInterval(again));
    expect(text).toMatch(/Stopping after this step/);
    expect(readdirSync(join(folder, 'twice')).sort()).toEqual([
      'checkpoints',
      'config.json',
      'data.json',
      'metrics.jsonl',
    ]);
  },
  PATIENCE,
);

posix(
  'a reader that leaves early does not end a run',
  async () => {
    const short = '--set iterations=6 --set schedule.milestones=[5] --set method.burnIn=2';
    const { ended } = shell(`{ ${train('left', short)} 2>&1; echo "code $?" > code; } | head -c 10`);
    await ended;
    expect(readFileSync(join(folder, 'code'), 'utf8')).toBe('code 0\n');
    expect(kept('left')).toContain(6);
  },
  PATIENCE,
);

linux(
  'results that cannot be written are a failure, said on stderr',
  async () => {
    const { code, text } = await shell(`node '${cli}' doctor --json > /dev/full`).ended;
    expect({ code, text }).toMatchObject({
      code: 1,
      text: expect.stringMatching(/could not be written: ENOSPC/) as string,
    });
  },
  PATIENCE,
);
