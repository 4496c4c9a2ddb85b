/**
 * Disks that fail a run for real: too small a limit on files, full, read-only, another user's. Needs the packages built
 * (`tsc -b`). What this machine cannot make is skipped with a word: a file system of one's own takes user namespaces or
 * root.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cli, env, writeTinyRun } from './testing/tiny-run.ts';

const PATIENCE = 180_000;
const limit = { timeout: PATIENCE, killSignal: 'SIGKILL' } as const;
/** `test`, or a skipped test whose name says why. */
const where = (possible: boolean, why: string) => (name: string, body: () => void, patience: number) =>
  possible ? test(name, body, patience) : test.skip(`${name} [NOT RUN: ${why}]`, body);
const posix = where(process.platform !== 'win32', 'not on Windows');
const mounts = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt'], limit).status === 0;
const mounted = where(mounts, 'no file system can be mounted here');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sed-disks-'));
  const method = { kind: 'sed', burnIn: 2, classificationWeight: 0.1, regression: 'objectness' };
  const short = { iterations: 8, schedule: { kind: 'step', milestones: [7] }, evaluation: { every: 0 }, method };
  writeTinyRun(folder, short);
}, PATIENCE);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const train = (out: string, more = '') => `'${process.execPath}' '${cli}' train --out ${out} --no-report ${more}`;
const sh = (line: string) => {
  const options = { cwd: folder, env, encoding: 'utf8', ...limit } as const;
  const { status, stdout } = spawnSync('sh', ['-c', `exec 2>&1\n${line}`], options);
  return { status, text: stdout };
};
/** The same where a file system of `size` is at `disk`, which goes when the line ends. */
const onDisk = (size: string, line: string) => {
  mkdirSync(join(folder, 'disk'), { recursive: true });
  writeFileSync(join(folder, 'line.sh'), `mount -t tmpfs -o size=${size} tmpfs disk\n${line}`);
  return sh('unshare -rm sh line.sh');
};

posix(
  'a file that may not grow: the checkpoint is named, nothing is left half, and the run goes on when it may',
  () => {
    // the limit is in blocks of 512 bytes, of some shells 1024; the student has 14 MB
    const first = sh(`ulimit -f 8192; ${train('limited', '--config run.json')}`);
    expect(first).toMatchObject({
      status: 1,
      text: expect.stringMatching(
        /The checkpoint .*limited\/checkpoints\/step-2 could not be written: EFBIG.*\nThere is no checkpoint yet/,
      ) as string,
    });
    expect(first.text).toMatch(/To resume: sed-cli train --out limited --resume/);
    expect(sh('ls -A limited limited/checkpoints').text).toBe(
      'limited:\ncheckpoints\nconfig.json\ndata.json\nmetrics.jsonl\n\nlimited/checkpoints:\n',
    );
    expect(sh(train('limited', '--resume')).status).toBe(0);
  },
  PATIENCE,
);

mounted(
  'a disk that becomes full: said with the file, what is there is whole, and the run goes on where there is room',
  () => {
    const { text } = onDisk(
      '70m',
      `${train('disk/run', '--config run.json --set checkpoints.every=1 --set checkpoints.keep=9')}; echo "code $?"
       ls -A disk/run/checkpoints
       mount -o remount,size=500m disk && ${train('disk/run', '--resume')}; echo "code $?"`,
    );
    expect(text).toMatch(
      /step-(\d) could not be written: ENOSPC: no space left on device, \w+ '.*\n.*The last checkpoint is .*step-\d/,
    );
    expect(text).toMatch(/code 1\n(step-\d\n)+[^]*Resuming at iteration [1-7][^]*code 0\n$/);
    expect(text).not.toMatch(/is skipped/);
  },
  PATIENCE,
);

mounted(
  'a disk that becomes read-only: the same',
  () => {
    const { text } = onDisk(
      '500m',
      `${train('disk/run', '--config run.json --set checkpoints.every=1 --set iterations=500 --set schedule.milestones=[499]')} & run=$!
       until [ -d disk/run/checkpoints/step-3 ] || ! kill -0 $run 2>/dev/null; do sleep 0.1; done
       until mount -o remount,ro disk || ! kill -0 $run 2>/dev/null; do sleep 0.01; done
       wait $run; echo "code $?"
       ${train('disk/other', '--config run.json')}; echo "code $?"
       mount -o remount,rw disk
       ${train('disk/run', '--resume --set iterations=500')} & run=$!
       until grep -q '"kind":"resume"' disk/run/metrics.jsonl || ! kill -0 $run 2>/dev/null; do sleep 0.1; done
       kill -INT $run; kill -TERM $run; wait $run`,
    );
    expect(text).toMatch(
      /EROFS: read-only file system, \w+ '.*run.*'[^]*When the cause is mended, resume the run\.[^]*code 1\n/,
    );
    expect(text).toMatch(/disk\/other cannot be written: EROFS.*Choose another folder.*\ncode 1\n/);
    expect(text).toMatch(/Stopped at iteration \d+ of 500/);
    expect(text).not.toMatch(/is skipped/);
  },
  PATIENCE,
);

posix(
  'checkpoints that this user may not read are no reason to begin anew, nor to take older ones',
  () => {
    const root = join(folder, 'permissions');
    // a superuser may read everything: the program becomes nobody, once it is loaded
    const program = `
      const { newestCheckpoint } = await import('@sed/trainer/run-folder');
      if (process.getuid() === 0) process.seteuid(65534);
      for (const at of process.argv.slice(1)) {
        try { console.log(newestCheckpoint(at)?.step ?? 'none'); } catch (error) { console.log(error.message); }
      }`;
    chmodSync(folder, 0o755);
    mkdirSync(join(root, 'run/step-2'), { recursive: true });
    mkdirSync(join(root, 'closed/step-2'), { recursive: true });
    for (const name of ['run', 'closed']) writeFileSync(join(root, name, 'step-2/state.json'), '{}');
    chmodSync(join(root, 'run/step-2/state.json'), 0);
    chmodSync(join(root, 'closed'), 0);
    const places = ['run', 'closed', 'closed/below'].map((name) => join(root, name));
    const cwd = fileURLToPath(new URL('..', import.meta.url)); // where the built packages are found
    const options = { cwd, env, encoding: 'utf8', ...limit } as const;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program, ...places], options);
    chmodSync(join(root, 'closed'), 0o755);
    expect(stdout.trim().split('\n')).toEqual([
      expect.stringMatching(/step-2 cannot be read: EACCES.*permissions/),
      expect.stringMatching(/EACCES.*closed/),
      expect.stringMatching(/EACCES.*closed/),
    ]);
  },
  PATIENCE,
);

posix(
  'a checkpoint that was cut off is passed over with a word, and config.json that was is named',
  () => {
    expect(sh(train('cut', '--config run.json')).status).toBe(0);
    truncateSync(join(folder, 'cut/checkpoints/step-8/teacher.safetensors'), 1000);
    const again = sh(train('cut', '--resume'));
    expect(again).toMatchObject({
      status: 0,
      text: expect.stringMatching(/step 8 is skipped: .*teacher\.safetensors has 1000 bytes instead of/) as string,
    });
    const path = join(folder, 'cut/config.json');
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, 100));
    expect(sh(train('cut', '--resume'))).toMatchObject({
      status: 2,
      text: expect.stringMatching(/cut\/config\.json/) as string,
    });
  },
  PATIENCE,
);
