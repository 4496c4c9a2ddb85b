/**
 * A run that is killed (SIGKILL: nothing in it can clean up) at any moment and resumed ends with the same weights, bit for bit, as one
 * that was not. Needs the packages built (`tsc -b`), as the root's test command does first: the runs are processes of their own.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { synthesize } from '@sed/datasets-coco';

const here = fileURLToPath(new URL('..', import.meta.url));

/** Trains, and kills itself at the moment it is told: `step:3`, `evaluating:8`, or `fsync:12` (the twelfth file that is made durable). */
const PROGRAM = `
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
const { config, out, resume, moment } = JSON.parse(process.argv[1]);
const die = () => process.kill(process.pid, 'SIGKILL');
const [what, when] = (moment ?? 'never:0').split(':');
let synced = 0;
const { fsyncSync } = fs;
fs.fsyncSync = (file) => {
  if (what === 'fsync' && ++synced === Number(when)) die();
  fsyncSync(file);
};
syncBuiltinESMExports();
await import('@tensorflow/tfjs');
const { prepareBackend } = await import('@sed/runtime');
const { parseConfig, train } = await import('@sed/trainer');
await prepareBackend({});
let step = 0;
const onEvent = (event) => {
  if (event.kind === 'progress') step = event.step;
  if (what === 'step' && event.kind === 'progress' && step === Number(when)) die();
  if (what === 'evaluating' && event.kind === 'evaluating' && step === Number(when)) die();
};
await train(parseConfig(config), { out, resume, onEvent });
`;

let folder: string;
let config: object;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sed-resume-'));
  await synthesize({ out: folder, seed: 5, width: 64, height: 64, images: 10, options: { difficulty: 'easy' } });
  const part = (name: string) => ({
    annotations: join(folder, `annotations/instances_${name}.json`),
    images: join(folder, name),
  });
  config = {
    data: {
      labeled: part('train'),
      split: { percent: 50, fold: 1 },
      unlabeled: 'rest-of-labeled',
      validation: part('val'),
    },
    detector: {
      backbone: { name: 'efficientnet-lite0', trainableStages: 2, trainableNorm: true },
      fpn: { channels: 8 },
      head: { depth: 1, channels: 8 },
      anchors: { kind: 'exact', side: 3, octaveScales: 1, ratios: [1], centerOffset: 0.5 },
    },
    input: { resize: { kind: 'fit', long: 64, short: 64, scale: [0.8, 1] }, canvas: { width: 64, height: 64 } },
    batch: { labeled: 2, unlabeled: 2 },
    optimiser: { lr: 0.002, clip: 10, warmup: { steps: 2, factor: 0.5 } },
    schedule: { kind: 'step', milestones: [7] },
    iterations: 9,
    method: { kind: 'sed', burnIn: 3, classificationWeight: 0.1, regression: 'objectness' },
    evaluation: { every: 4 },
    checkpoints: { every: 2, keep: 2 },
    telemetry: { every: 1, pseudoLabels: { every: 4, images: 2 } },
  };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Each process has another number of threads that make the images: they change no number. */
function run(
  out: string,
  resume: boolean,
  workers: number | null,
  moment?: string,
): Promise<{ code: number | null; signal: string | null; errors: string }> {
  return new Promise((done) => {
    const argument = JSON.stringify({ config: { ...config, pipeline: { workers } }, out, resume, moment });
    // no flags of Jest's own process
    const env = { ...process.env, NODE_OPTIONS: '', TF_CPP_MIN_LOG_LEVEL: '2' };
    const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, argument], { cwd: here, env });
    let errors = '';
    child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
    child.on('exit', (code, signal) => done({ code, signal, errors }));
  });
}

const weights = (out: string) =>
  ['student', 'teacher', 'optimizer'].map((name) =>
    readFileSync(join(out, 'checkpoints/step-9', `${name}.safetensors`)),
  );

interface Row {
  kind: string;
  step: number;
  losses?: Record<string, number>;
  metrics?: Record<string, number>;
}
/** What the metrics say of the training, without clocks. */
const history = (out: string) =>
  readFileSync(join(out, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row)
    .filter((row) => row.kind !== 'start' && row.kind !== 'resume')
    .map(({ kind, step, losses, metrics }) => ({ kind, step, losses, metrics }));

test('killed at three moments, one while a checkpoint is written, and resumed: the same weights', async () => {
  const whole = join(folder, 'whole');
  expect(await run(whole, false, 0)).toMatchObject({ code: 0 });

  const killed = join(folder, 'killed');
  const checkpoints = () => readdirSync(join(killed, 'checkpoints')).sort();

  // after a step, before its checkpoint
  expect(await run(killed, false, 2, 'step:2')).toMatchObject({ signal: 'SIGKILL' });
  expect(checkpoints()).toEqual([]);

  // the files of step 2's checkpoint are student, optimizer, state (no teacher yet), then two folders: the seventh is step 3's teacher
  expect(await run(killed, true, 1, 'fsync:7')).toMatchObject({ signal: 'SIGKILL' });
  expect(checkpoints()).toEqual(['.writing-step-3', 'step-2']);
  expect(readdirSync(join(killed, 'checkpoints/.writing-step-3')).sort()).toEqual([
    'student.safetensors',
    'teacher.safetensors',
  ]);

  // while it evaluates, after step 8 and before that step's checkpoint
  expect(await run(killed, true, 3, 'evaluating:8')).toMatchObject({ signal: 'SIGKILL' });
  expect(checkpoints()).toContain('step-7');
  expect(existsSync(join(killed, 'checkpoints/step-8'))).toBe(false);

  expect(await run(killed, true, null)).toMatchObject({ code: 0 });
  weights(killed).forEach((file, i) => expect(file.equals(weights(whole)[i]!)).toBe(true));
  expect(history(killed)).toEqual(history(whole));
  expect(checkpoints().filter((name) => name.startsWith('.'))).toEqual([]);
}, 300_000);
