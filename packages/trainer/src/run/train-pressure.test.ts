/** What befalls a run folder while a run goes on in it, and before it is resumed. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onEveryBackend } from '@sed/testing';
import * as tf from '@tensorflow/tfjs-core';
import { checkpointSteps } from '../checkpoint/files.ts';
import { readMetrics } from '../metrics/writer.ts';
import { tinyConfig, writeMadeUpData } from '../testing/made-up.ts';
import { StoppedError } from './failure.ts';
import { train } from './train.ts';
import type { TrainEvent, TrainOptions } from './types.ts';

const PATIENCE = 240_000;
const folder = mkdtempSync(join(tmpdir(), 'sed-pressure-'));
writeMadeUpData(folder, { train: 8, val: 3 });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const config = tinyConfig(folder, {
  iterations: 6,
  schedule: { kind: 'step', milestones: [5] },
  method: { kind: 'sed', burnIn: 2, classificationWeight: 0.1, regression: 'objectness' },
  evaluation: { every: 0 },
  checkpoints: { every: 2, keep: 3 },
  telemetry: { every: 1, pseudoLabels: { every: 0 } },
});
const weights = (out: string, step = 6) =>
  ['student', 'teacher', 'student.optimizer'].map((name) =>
    readFileSync(join(out, `checkpoints/step-${step}/${name}.safetensors`)).toString('base64'),
  );
/** Rows without what a clock or the process decides. */
const rows = (out: string) =>
  readMetrics(join(out, 'metrics.jsonl'))
    .filter((row) => row.kind !== 'start' && row.kind !== 'resume')
    .map((row) => ({ ...row, seconds: 0, memory: 0 }));
const contents = (out: string): string[] =>
  readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(
      (entry) => `${join(entry.parentPath, entry.name)} ${readFileSync(join(entry.parentPath, entry.name), 'base64')}`,
    )
    .sort();
const linux = process.platform === 'linux' ? test : test.skip;

/** Does something once, after a step. */
const after = (step: number, work: () => void) => {
  let done = false;
  return (event: TrainEvent) => {
    if (done || event.kind !== 'progress' || event.step !== step) return;
    done = true;
    work();
  };
};

onEveryBackend(
  'a run folder under pressure',
  () => {
    const whole = join(folder, 'whole');
    const fresh = (() => {
      let n = 0;
      return () => join(folder, `run-${++n}`);
    })();
    /** The error of a run; it leaves no tensor and no lock. */
    const failure = async (options: TrainOptions, changed = config): Promise<StoppedError> => {
      const tensors = tf.memory().numTensors;
      const error = await train(changed, options).then(
        () => undefined,
        (e: unknown) => e,
      );
      expect(tf.memory().numTensors).toBe(tensors);
      expect(existsSync(join(options.out, 'run.lock'))).toBe(false);
      return error as StoppedError;
    };

    test(
      'a second run is refused while one goes on, with what to do; the first is not disturbed',
      async () => {
        const refused: Promise<string>[] = [];
        const second = (resume: boolean) =>
          train(config, { out: whole, resume }).then(
            () => 'it ran',
            (error: Error) => error.message,
          );
        const onEvent = after(3, () => refused.push(second(false), second(true)));
        await train(config, { out: whole, onEvent });
        for (const message of await Promise.all(refused)) {
          expect(message).toMatch(/^A run is going on in .*whole: process \d+ \(this one\) on host .* since .*stop it/);
        }
        expect(refused).toHaveLength(2);
        expect(readMetrics(join(whole, 'metrics.jsonl')).filter((r) => r.kind === 'train')).toHaveLength(6);
        expect(readdirSync(whole).sort()).toEqual(['checkpoints', 'config.json', 'data.json', 'metrics.jsonl']);
      },
      PATIENCE,
    );

    test('a lock of another host is respected, with its last sign of life; one of a dead process is not', async () => {
      const out = fresh();
      mkdirSync(out);
      const lock = { id: 'a', pid: 4_000_000, host: 'elsewhere', since: '2026-01-01T00:00:00.000Z' };
      writeFileSync(join(out, 'run.lock'), JSON.stringify(lock));
      writeFileSync(join(out, 'metrics.jsonl'), '');
      const error = await train(config, { out, resume: true }).catch((e: Error) => e.message);
      expect(error).toMatch(
        /process 4000000 on host elsewhere since 2026-01-01.* another host .*metrics\.jsonl.*delete .*run\.lock/,
      );
      rmSync(join(out, 'metrics.jsonl'));
      writeFileSync(join(out, 'run.lock'), '{}');
      await expect(train(config, { out })).rejects.toThrow(/is not a lock/);
    });

    test(
      'no checkpoint that is whole: nothing is begun anew, nothing changed; the newest broken: the one before it',
      async () => {
        const out = fresh();
        await train(config, { out });
        for (const step of checkpointSteps(join(out, 'checkpoints')))
          truncateSync(join(out, `checkpoints/step-${step}/state.json`), 20);
        const before = contents(out);
        const error = await failure({ out, resume: true });
        expect(error.message).toMatch(/but none that is whole:\n.*step-6\/state\.json is damaged.*\n.*step-5/);
        expect(contents(out)).toEqual(before);

        rmSync(join(out, 'checkpoints/step-4'), { recursive: true });
        renameSync(join(whole, 'checkpoints/step-4'), join(out, 'checkpoints/step-4'));
        const said: string[] = [];
        await train(config, { out, resume: true, log: (line) => said.push(line) });
        expect(said.filter((line) => /is skipped/.test(line))).toHaveLength(2);
        expect(weights(out)).toEqual(weights(whole));
        expect(
          readMetrics(join(out, 'metrics.jsonl'))
            .filter((r) => r.kind === 'train')
            .map((r) => r.step),
        ).toEqual([1, 2, 3, 4, 5, 6]);
      },
      PATIENCE,
    );

    test(
      'an update that leaves weights which are not finite stops the run and names the first; no checkpoint has them',
      async () => {
        const out = fresh();
        const fast = { ...config, optimizer: { ...config.optimizer, lr: 1e300, warmup: { steps: 0, factor: 1 } } };
        const error = await failure({ out }, fast);
        expect(error.message).toMatch(
          /^Step 1: the weight \S+\.(weight|bias|gamma|beta) has the value (NaN|-?Infinity)/,
        );
        expect(checkpointSteps(join(out, 'checkpoints'))).toEqual([]);
      },
      PATIENCE,
    );

    test(
      'renamed while the run goes on: it is kept there, and goes on from there',
      async () => {
        const out = fresh();
        const error = await failure({ out, onEvent: after(3, () => renameSync(out, `${out}-moved`)) });
        expect(error).toBeInstanceOf(StoppedError);
        expect(error.message).toMatch(
          /run-\d+ was renamed .* it is .*-moved now\.\nThe run is kept at step 4: .*-moved\/checkpoints\/step-4\. Resume the run in .*-moved\./,
        );
        expect(error.resumeIn).toBe(`${out}-moved`);
        expect(existsSync(out)).toBe(false);
        expect(existsSync(join(`${out}-moved`, 'run.lock'))).toBe(false);
        await train(config, { out: error.resumeIn!, resume: true });
        expect(weights(`${out}-moved`)).toEqual(weights(whole));
        expect(rows(`${out}-moved`)).toEqual(rows(whole));
      },
      PATIENCE,
    );

    test(
      'removed while the run goes on: it is made anew with the weights of now, and goes on',
      async () => {
        const out = fresh();
        const error = await failure({ out, onEvent: after(3, () => rmSync(out, { recursive: true })) });
        expect(error.message).toMatch(
          /was removed or moved away.* made anew.*metrics\.jsonl.*\nThe run is kept at step 4/,
        );
        await train(config, { out: error.resumeIn!, resume: true });
        expect(weights(out)).toEqual(weights(whole));
        expect(rows(out)).toEqual(rows(whole).filter(({ step }) => step > 3)); // those of step 4, which could not be written, on
      },
      PATIENCE,
    );

    test(
      'another folder in its place is left alone; a lock that was deleted is put back',
      async () => {
        const out = fresh();
        const swap = () => {
          rmSync(out, { recursive: true });
          mkdirSync(out);
          writeFileSync(join(out, 'mine.txt'), 'x');
        };
        const error = await failure({ out, onEvent: after(3, swap) });
        expect(error.message).toMatch(/has been taken by something else of that name/);
        expect(error.resumeIn).toBeUndefined();
        expect(readdirSync(out)).toEqual(['mine.txt']);

        const other = fresh();
        const seen: boolean[] = [];
        const lock = join(other, 'run.lock');
        const onEvent = (event: TrainEvent) => {
          if (event.kind !== 'progress') return;
          if (event.step === 2) rmSync(lock);
          if (event.step === 4) seen.push(existsSync(lock));
        };
        await train(config, { out: other, onEvent });
        expect(seen).toEqual([true]);
      },
      PATIENCE,
    );

    linux(
      'a disk that is full while a row is written: the run is kept and goes on',
      async () => {
        const out = fresh();
        const metrics = join(out, 'metrics.jsonl');
        const fill = () => {
          renameSync(metrics, `${metrics}.kept`);
          symlinkSync('/dev/full', metrics);
        };
        const error = await failure({ out, onEvent: after(3, fill) });
        expect(error.message).toMatch(/^ENOSPC: no space left on device, write '.*metrics\.jsonl'\n/);
        renameSync(`${metrics}.kept`, metrics);
        await train(config, { out: error.resumeIn!, resume: true });
        expect(weights(out)).toEqual(weights(whole));
        expect(rows(out)).toEqual(rows(whole));
      },
      PATIENCE,
    );

    test(
      'a checkpoint that cannot be written: said once, with the one to go on from',
      async () => {
        const out = fresh();
        const checkpoints = join(out, 'checkpoints');
        const block = () => {
          renameSync(checkpoints, `${checkpoints}-kept`);
          writeFileSync(checkpoints, '');
        };
        const error = await failure({ out, onEvent: after(3, block) });
        expect(error.message).toMatch(
          /^The checkpoint .*step-4 could not be written: (ENOTDIR|EEXIST).*\nThe last checkpoint is .*step-2\. When the cause is mended, resume the run\.$/,
        );
        rmSync(checkpoints);
        renameSync(`${checkpoints}-kept`, checkpoints);
        await train(config, { out: error.resumeIn!, resume: true });
        expect(weights(out)).toEqual(weights(whole));
        expect(rows(out)).toEqual(rows(whole));
      },
      PATIENCE,
    );
  },
  ['tensorflow'],
);
