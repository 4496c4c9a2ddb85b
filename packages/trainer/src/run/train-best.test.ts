/** The best checkpoint and early stopping in whole runs, also in those that are stopped and go on. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onEveryBackend } from '@sed/testing';
import * as tf from '@tensorflow/tfjs-core';
import { checkpointSteps, readCheckpoint } from '../checkpoint/files.ts';
import { readMetrics } from '../metrics/writer.ts';
import { tinyConfig, writeMadeUpData } from '../testing/made-up.ts';
import { loadRun } from './load-run.ts';
import type { StoredState } from './state.ts';
import { train } from './train.ts';
import type { TrainEvent } from './types.ts';

const folder = mkdtempSync(join(tmpdir(), 'sed-train-best-'));
writeMadeUpData(folder, { train: 8, val: 3 });
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const PATIENCE = 240_000;

/** At this rate the student finds something in step 2, and nothing later. */
const falls = (changes: Record<string, unknown> = {}) =>
  tinyConfig(folder, {
    optimizer: { lr: 0.02, clip: 10, warmup: { steps: 2, factor: 0.5 } },
    evaluation: { every: 1 },
    ...changes,
  });
const steps = (out: string) => checkpointSteps(join(out, 'checkpoints'));
const weights = (out: string, step: number) =>
  ['student', 'student.optimizer'].map((name) =>
    readFileSync(join(out, `checkpoints/step-${step}/${name}.safetensors`)).toString('base64'),
  );
const kept = (out: string, step: number) => {
  const { best, stagnation } = readCheckpoint<StoredState>(join(out, `checkpoints/step-${step}`)).state;
  return { best, stagnation };
};

onEveryBackend(
  'the best checkpoint',
  () => {
    const out = join(folder, 'whole');

    test(
      'is kept beyond `keep`, known to the last one, and what loadRun takes',
      async () => {
        const result = await train(falls(), { out });
        const rows = readMetrics(join(out, 'metrics.jsonl')).filter((row) => row.kind === 'eval');
        const highest = rows.reduce((a, b) => (b.metrics.AP > a.metrics.AP ? b : a));
        expect(highest).toMatchObject({ step: 2, model: 'student' });
        expect(steps(out)).toEqual([2, 4, 8, 9, 10]);
        const { AP: value } = highest.metrics;
        expect(result.best).toEqual({
          metric: 'AP',
          models: { student: { step: 2, value, checkpoint: join(out, 'checkpoints/step-2') } },
        });
        expect(kept(out, 10).best).toEqual({ metric: 'AP', models: { student: { step: 2, value } } });

        const best = loadRun(out);
        expect(best).toMatchObject({ step: 2, model: 'student', why: 'the best AP on validation: 0.4' });
        const last = loadRun(out, { checkpoint: 'last' });
        expect(last).toMatchObject({ step: 10, model: 'teacher' });
        tf.dispose([...best.parameters.values(), ...last.parameters.values()]);
      },
      PATIENCE,
    );

    test(
      'of a run that is stopped after it, and within an evaluation, is the same to the byte',
      async () => {
        const other = join(folder, 'stopped');
        const stops = [
          (e: TrainEvent) => e.kind === 'evaluating' && e.done > 0, // that of step 1
          (e: TrainEvent) => e.kind === 'evaluating' && e.done > 0, // that of step 1 again
          (e: TrainEvent) => e.kind === 'eval' && e.step === 2,
          (e: TrainEvent) => e.kind === 'progress' && e.step === 6,
          () => false,
        ];
        for (const [i, isTime] of stops.entries()) {
          const abort = new AbortController();
          const onEvent = (event: TrainEvent) => {
            if (isTime(event)) abort.abort();
          };
          await train(falls(), { out: other, resume: i > 0, signal: abort.signal, onEvent });
        }
        expect(kept(other, 10)).toEqual(kept(out, 10));
        expect(steps(other)).toEqual(steps(out));
        for (const step of [2, 10]) expect(weights(other, step)).toEqual(weights(out, step));
      },
      PATIENCE,
    );

    test(
      'is none where `checkpoints.best` is null',
      async () => {
        const other = join(folder, 'none');
        const config = falls({ checkpoints: { every: 3, keep: 1, best: null }, iterations: 9 });
        const result = await train(config, { out: other });
        expect(result.best).toBeUndefined();
        expect(steps(other)).toEqual([4, 6, 8, 9]);
      },
      PATIENCE,
    );
  },
  ['tensorflow'],
);

onEveryBackend(
  'early stopping',
  () => {
    const early = falls({ earlyStopping: { patience: 3 } });
    const out = join(folder, 'early');

    test(
      'ends a run that gains nothing as a finished one',
      async () => {
        const tensors = tf.memory().numTensors;
        const result = await train(early, { out });
        expect(tf.memory().numTensors).toBe(tensors);
        const why = 'In 3 evaluations AP did not rise above the 0 of step 5.';
        expect(result).toMatchObject({ step: 8, stopped: false, stoppedEarly: why });
        expect(result.checkpoint).toBe(join(out, 'checkpoints/step-8'));
        expect(readMetrics(join(out, 'metrics.jsonl')).at(-1)).toMatchObject({
          kind: 'done',
          step: 8,
          stoppedEarly: why,
        });
      },
      PATIENCE,
    );

    test(
      'ends a resumed run at the same step',
      async () => {
        const other = join(folder, 'early-stopped');
        for (const stopAt of [6, undefined]) {
          const abort = new AbortController();
          const onEvent = (e: TrainEvent) => {
            if (e.kind === 'progress' && e.step === stopAt) abort.abort();
          };
          await train(early, { out: other, resume: stopAt === undefined, signal: abort.signal, onEvent });
        }
        expect(kept(other, 8)).toEqual(kept(out, 8));
        expect(weights(other, 8)).toEqual(weights(out, 8));
        expect(existsSync(join(other, 'checkpoints/step-9'))).toBe(false);
      },
      PATIENCE,
    );

    test(
      'says on resume how to train on, and without it the run goes to its end',
      async () => {
        const said: string[] = [];
        const again = await train(early, { out, resume: true, log: (line) => said.push(line) });
        expect(again).toMatchObject({ step: 8, stopped: false, stoppedEarly: expect.any(String) });
        expect(said.join('\n')).toMatch(
          /stopped early, at step 8 of 10\..*"earlyStopping" null, or with more "patience"/,
        );
        const on = await train(falls(), { out, resume: true });
        expect(on).toMatchObject({ step: 10, stopped: false });
        expect(on).not.toHaveProperty('stoppedEarly');
        expect(weights(out, 10)).toEqual(weights(join(folder, 'whole'), 10));
      },
      PATIENCE,
    );
  },
  ['tensorflow'],
);
