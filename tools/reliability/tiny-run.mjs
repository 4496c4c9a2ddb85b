/**
 * A run of a second or two on made-up scenes, in processes of its own, for tests of what befalls a run. Needs the
 * packages built.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { root } from '../bootstrap/steps.mjs';

const victim = fileURLToPath(new URL('victim.mjs', import.meta.url));
const require = createRequire(join(root, 'packages/integration/package.json'));

/** A package of this repository, or one that its scenarios depend on, as built. */
export const built = (name) => import(pathToFileURL(require.resolve(name)).href);

/** Makes ten scenes in a folder and the config of a run on them. */
export async function tinyRun(folder, changes = {}) {
  const { synthesize } = await built('@sed/datasets-coco/synth');
  await synthesize({ out: folder, seed: 5, width: 64, height: 64, images: 10, options: { difficulty: 'easy' } });
  const part = (name) => ({
    annotations: join(folder, `annotations/instances_${name}.json`),
    images: join(folder, name),
  });
  return {
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
    optimizer: { lr: 0.002, clip: 10, warmup: { steps: 2, factor: 0.5 } },
    schedule: { kind: 'step', milestones: [7] },
    iterations: 9,
    method: { kind: 'sed', burnIn: 3, classificationWeight: 0.1, regression: 'objectness' },
    evaluation: { every: 4 },
    checkpoints: { every: 2, keep: 2 },
    telemetry: { every: 1, pseudoLabels: { every: 4, images: 2 } },
    ...changes,
  };
}

/**
 * Trains in a process of its own.
 * @param options.moment when it kills itself; see `victim.mjs`
 * @param options.after milliseconds after which it is killed from outside
 * @returns its exit code and signal, what it wrote, and the changes it made to the disk
 */
export function trainApart(config, out, { resume = false, moment, after } = {}) {
  return new Promise((done) => {
    const argument = JSON.stringify({ config, out, resume, moment });
    // no flags of a test runner's own process
    const env = { ...process.env, NODE_OPTIONS: '', TF_CPP_MIN_LOG_LEVEL: '2' };
    const child = spawn(process.execPath, [victim, argument], { env });
    let errors = '';
    let output = '';
    child.stderr.on('data', (data) => (errors += data));
    child.stdout.on('data', (data) => (output += data));
    const timer = after === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), after);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      done({ code, signal, errors, changes: Number(/changes: (\d+)/.exec(output)?.[1] ?? 0) });
    });
  });
}

/** Rows of the metrics, without what a clock or the process decides. */
function history(out) {
  return readFileSync(join(out, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ kind }) => kind !== 'start' && kind !== 'resume')
    .map((row) => JSON.stringify({ ...row, seconds: 0, memory: 0 }));
}

/** In what a run differs from another, in words; nothing where they are equal to the byte. */
export function differences(out, whole, step) {
  const found = [];
  for (const name of ['student', 'teacher', 'student.optimizer']) {
    const path = (at) => join(at, `checkpoints/step-${step}/${name}.safetensors`);
    if (!readFileSync(path(out)).equals(readFileSync(path(whole))))
      found.push(`${path(out)} is other than ${path(whole)}`);
  }
  const [a, b] = [history(out), history(whole)];
  if (a.length !== b.length) found.push(`${out} has ${a.length} rows, not ${b.length}`);
  const row = a.findIndex((text, i) => text !== b[i]);
  if (row >= 0) found.push(`${out}: row ${row} is ${a[row]}, not ${b[row]}`);
  return found;
}

/** Checkpoints that have the name of a whole one and are not whole. */
export async function brokenCheckpoints(out) {
  const { checkpointSteps, readCheckpoint } = await built('@sed/trainer/run-folder');
  return checkpointSteps(join(out, 'checkpoints')).flatMap((step) => {
    try {
      readCheckpoint(join(out, `checkpoints/step-${step}`));
      return [];
    } catch (error) {
      return [error.message];
    }
  });
}

/** What processes left aside that were killed. */
export const leftovers = (out) =>
  [out, join(out, 'checkpoints')].flatMap((folder) =>
    readdirSync(folder).filter(
      (name) => name.startsWith('.') || name.endsWith('.writing') || name.startsWith('run.lock'),
    ),
  );
