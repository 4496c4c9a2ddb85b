/**
 * Trains a set of short runs and prints a hash of what each leaves behind: weights, momentum, rows. Run it in two
 * checkouts on one machine: a change that is to leave training as it is gives the same lines.
 *
 *   node tools/reliability/same-weights.mjs # runs of a second or two each node tools/reliability/same-weights.mjs
 *   --demo # also the demo's SED run, shortened to 60 iterations; needs `npm run demo` once, for its data node
 *   tools/reliability/same-weights.mjs --only faster-rcnn
 *
 * Hashes are of one machine and its backend: they are compared, not kept. Needs the packages built (`npx tsc -b`).
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../bootstrap/steps.mjs';
import { tinyRun, trainApart } from './tiny-run.mjs';

const { values } = parseArgs({
  options: { demo: { type: 'boolean', default: false }, only: { type: 'string', default: '' } },
});

const alpha = { kind: 'cosine', start: 0.99, end: 0.9 };
const sed = { kind: 'sed', burnIn: 3, classificationWeight: 0.1, regression: 'objectness' };
const fasterRcnn = {
  kind: 'faster-rcnn',
  backbone: { name: 'efficientnet-lite0', trainableStages: 2, trainableNorm: true },
  fpn: { channels: 8 },
  roi: { hidden: 16 },
};
const canvas = { width: 128, height: 128 };
/** What changes of the tiny run, and after which step it is killed and resumed. */
const RUNS = {
  'retinanet-sed': { changes: {} },
  'retinanet-sed-resumed': { changes: {}, kill: 'step:5' },
  'retinanet-everything': {
    changes: {
      method: { ...sed, maxShift: 2, ramp: 4, lambdaScale: 0.7, regressionWeight: { dense: 3 }, alpha },
      batch: { labeled: 2, unlabeled: 4, accumulate: 2 },
      augment: { labeled: 'strong', geometry: { probability: 1 } },
      input: { resize: { kind: 'fit', long: 64, short: 64, scale: [0.8, 1] }, canvas },
      optimizer: { lr: 0.002, clip: 0.5, warmup: { steps: 2, factor: 0.5 } },
    },
    kill: 'step:6',
  },
  supervised: { changes: { method: { kind: 'supervised', burnIn: 3 } } },
  'faster-rcnn': { changes: { detector: fasterRcnn } },
  'faster-rcnn-resumed': {
    changes: { detector: fasterRcnn, batch: { labeled: 2, unlabeled: 4, accumulate: 2 } },
    kill: 'step:5',
  },
};

/** Names of a checkpoint's files that changed while what is in them did not. */
const RENAMED = { 'optimizer.safetensors': 'student.optimizer.safetensors' };

function sums(out) {
  const folder = join(out, 'checkpoints');
  const newest = readdirSync(folder)
    .filter((name) => name.startsWith('step-'))
    .sort((a, b) => Number(a.slice(5)) - Number(b.slice(5)))
    .at(-1);
  const files = readdirSync(join(folder, newest)).filter((name) => name.endsWith('.safetensors'));
  const rows = readFileSync(join(out, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ kind }) => kind === 'train' || kind === 'eval' || kind === 'pseudo')
    .map((row) => JSON.stringify({ ...row, seconds: 0, memory: 0 }));
  const hash = (data) => createHash('sha256').update(data).digest('hex').slice(0, 16);
  const named = files.map((name) => [RENAMED[name] ?? name, hash(readFileSync(join(folder, newest, name)))]);
  return {
    step: newest,
    ...Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1))),
    rows: hash(rows.join('\n')),
  };
}

async function run(name, config, out, kill) {
  if (kill !== undefined) {
    const killed = await trainApart(config, out, { moment: kill });
    if (killed.signal !== 'SIGKILL') throw new Error(`${name}: was to be killed at ${kill}: ${killed.errors}`);
  }
  const { code, errors } = await trainApart(config, out, { resume: kill !== undefined });
  if (code !== 0) throw new Error(`${name}: ${errors}`);
  console.log(`${name} ${JSON.stringify(sums(out))}`);
}

const folder = mkdtempSync(join(tmpdir(), 'sed-same-'));
try {
  for (const [name, { changes, kill }] of Object.entries(RUNS)) {
    if (!name.includes(values.only)) continue;
    const at = mkdtempSync(join(folder, 'run-'));
    const { method, ...others } = changes;
    const config = await tinyRun(at, { ...others, ...(method ? { method } : {}) });
    await run(name, config, join(at, 'out'), kill);
  }
  if (values.demo) {
    const data = join(root, 'demo/data');
    if (!existsSync(data)) throw new Error(`${data} does not exist: run \`npm run demo\` once, which makes it.`);
    const config = JSON.parse(readFileSync(join(root, 'tools/demo/sed.json'), 'utf8'));
    const short = {
      ...config,
      data: { ...config.data, root: data },
      iterations: 60,
      method: { ...config.method, burnIn: 30, alpha: { ...config.method.alpha, at: 45 } },
      schedule: { ...config.schedule, milestones: [45, 54] },
      optimizer: { ...config.optimizer, warmup: { steps: 5, factor: 0.02 } },
      evaluation: { ...config.evaluation, at: [] },
      telemetry: { ...config.telemetry, every: 5, pseudoLabels: { every: 0, images: 1 } },
    };
    await run('demo-sed', short, join(folder, 'demo'), undefined);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
