/**
 * A run that an earlier version began: checkpoints of format 2, with one `optimizer.safetensors` and the watch in
 * `state.json`.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onEveryBackend } from '@sed/testing';
import * as tf from '@tensorflow/tfjs-core';
import { readCheckpoint } from '../checkpoint/files.ts';
import { tinyConfig, writeMadeUpData } from '../testing/made-up.ts';
import { loadRun } from './load-run.ts';
import type { StoredState } from './state.ts';
import { train } from './train.ts';
import type { TrainEvent } from './types.ts';

const folder = mkdtempSync(join(tmpdir(), 'sed-format2-'));
writeMadeUpData(folder, { train: 8, val: 2 });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const config = () =>
  tinyConfig(folder, { evaluation: { every: 0 }, telemetry: { every: 1, pseudoLabels: { every: 0 } } });
const LAST = 10;
/** In the burn-in, and after it, with the format of the checkpoint that the run goes on from. */
const STOPS = [
  [3, 1],
  [6, 2],
] as const;
const PATIENCE = 240_000;

/** All that a checkpoint has but `state.json`, which tells the time. */
const filesOf = (out: string, step: number): Record<string, string> => {
  const at = join(out, `checkpoints/step-${step}`);
  const names = readdirSync(at).filter((name) => name !== 'state.json');
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(at, name)).toString('base64')]));
};

async function stopAt(step: number, out: string): Promise<void> {
  const abort = new AbortController();
  const onEvent = (e: TrainEvent) => {
    if (e.kind === 'progress' && e.step === step) abort.abort();
  };
  await train(config(), { out, signal: abort.signal, onEvent });
}

interface StateFile {
  format: number;
  step: number;
  state: Record<string, unknown>;
  files: Record<string, unknown>;
}

/** Rewrites a checkpoint as versions of format 2, or of format 1, wrote it. */
function asFormat(format: 1 | 2, at: string): void {
  const path = join(at, 'state.json');
  const { sha256: _, ...found } = JSON.parse(readFileSync(path, 'utf8')) as StateFile & { sha256: string };
  expect(found.format).toBe(3);
  const { networks, ...state } = found.state;
  expect(networks).toBeDefined();
  const { 'student.optimizer.safetensors': optimizer, 'method.json': __, ...others } = found.files;
  expect(optimizer).toBeDefined();
  const { kind, memory } = JSON.parse(readFileSync(join(at, 'method.json'), 'utf8')) as {
    kind: string;
    memory: object;
  };
  expect([kind, Object.keys(memory)]).toEqual(['sed', expect.arrayContaining(['warned', 'supervised', 'score'])]);
  rmSync(join(at, 'method.json'));
  renameSync(join(at, 'student.optimizer.safetensors'), join(at, 'optimizer.safetensors'));
  const former = {
    format,
    step: found.step,
    state: { ...state, watch: memory },
    files: { ...others, 'optimizer.safetensors': optimizer },
  };
  const body = JSON.stringify(former, null, 2).slice(0, -2);
  const sum = createHash('sha256').update(body).digest('hex');
  writeFileSync(path, format === 1 ? `${body}\n}\n` : `${body},\n  "sha256": "${sum}"\n}\n`);
}

onEveryBackend(
  'a run of an earlier version',
  (backend) => {
    const whole = join(folder, `whole-${backend}`);

    test(
      'undisturbed, by this version',
      async () => {
        await train(config(), { out: whole });
        expect(Object.keys(filesOf(whole, LAST)).sort()).toEqual([
          'method.json',
          'student.optimizer.safetensors',
          'student.safetensors',
          'teacher.safetensors',
        ]);
      },
      PATIENCE,
    );

    test.each(STOPS)(
      'stopped at step %i in format %i it goes on to the same bytes, what its watch remembers among them',
      async (step, format) => {
        const out = join(folder, `stopped-${step}-${format}-${backend}`);
        await stopAt(step, out);
        for (const name of readdirSync(join(out, 'checkpoints'))) asFormat(format, join(out, 'checkpoints', name));
        expect(Object.keys(filesOf(out, step))).toContain('optimizer.safetensors');
        await train(config(), { out, resume: true });
        expect(filesOf(out, LAST)).toEqual(filesOf(whole, LAST));
        const { state } = readCheckpoint<StoredState>(join(out, `checkpoints/step-${LAST}`));
        expect(state.networks).toEqual({ student: { role: 'trained' }, teacher: { role: 'averaged' } });
        expect(state).not.toHaveProperty('watch');
      },
      PATIENCE,
    );

    test('is loaded: its optimizer is not taken for a network', () => {
      const at = join(whole, `checkpoints/step-${LAST}`);
      const tensors = tf.memory().numTensors;
      asFormat(2, at);
      const loaded = loadRun(whole, { checkpoint: 'last' });
      expect(loaded).toMatchObject({ model: 'teacher', step: LAST });
      tf.dispose([...loaded.parameters.values()]);
      expect(() => loadRun(whole, { checkpoint: 'last', model: 'optimizer' })).toThrow(
        /has no optimizer; it has: student, teacher\./,
      );
      expect(tf.memory().numTensors).toBe(tensors);
    });
  },
  ['wasm', 'tensorflow'],
);

test('a watch that is none is refused by name', async () => {
  const out = join(folder, 'damaged');
  await stopAt(3, out);
  const at = join(out, 'checkpoints/step-3');
  asFormat(1, at);
  const path = join(at, 'state.json');
  const found = JSON.parse(readFileSync(path, 'utf8')) as StateFile;
  found.state['watch'] = { warned: 'none' };
  writeFileSync(path, JSON.stringify(found, null, 2));
  await expect(train(config(), { out, resume: true })).rejects.toThrow(
    /The memory of the method sed in .*step-3 is no state of the watch over the losses: it is damaged/,
  );
}, 240_000);
