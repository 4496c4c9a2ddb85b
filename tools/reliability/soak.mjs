/**
 * A tiny run of many steps, and whether its memory grows: the slope of tensors, of tfjs' bytes and of the resident
 * memory over the second half, by least squares.
 *
 *   node tools/reliability/soak.mjs                # 3,000 steps
 *   node tools/reliability/soak.mjs --steps 20000
 *
 * Prints one JSON object. The exit code is 1 where the number of tensors grows at all. Needs the packages built
 * (`npx tsc -b`).
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { tinyRun, trainApart } from './tiny-run.mjs';

const { values } = parseArgs({ options: { steps: { type: 'string', default: '3000' } } });
const steps = Number(values.steps);
const folder = mkdtempSync(join(tmpdir(), 'sed-soak-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const config = await tinyRun(folder, {
  iterations: steps,
  schedule: { kind: 'step', milestones: [Math.round(steps * 0.9)] },
  method: { kind: 'sed', burnIn: Math.round(steps / 10), classificationWeight: 0.1, regression: 'objectness' },
  evaluation: { every: Math.round(steps / 10) },
  checkpoints: { every: Math.round(steps / 20), keep: 2 },
  telemetry: { every: 10, pseudoLabels: { every: Math.round(steps / 10), images: 2 } },
});
const out = join(folder, 'run');
const started = performance.now();
const { code, errors } = await trainApart(config, out);
if (code !== 0) {
  process.stderr.write(errors);
  process.exit(1);
}
const rows = readFileSync(join(out, 'metrics.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))
  .filter(({ kind, step }) => kind === 'train' && step > steps / 2);

/** Change in 1,000 steps. */
function slope(of) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const x = mean(rows.map(({ step }) => step));
  const y = mean(rows.map(of));
  const above = rows.reduce((sum, row) => sum + (row.step - x) * (of(row) - y), 0);
  return (1000 * above) / rows.reduce((sum, row) => sum + (row.step - x) ** 2, 0);
}

const memory = (name) => ({
  first: rows[0].memory[name],
  last: rows.at(-1).memory[name],
  most: Math.max(...rows.map((row) => row.memory[name])),
  slopePerThousandSteps: Number(slope((row) => row.memory[name]).toFixed(3)),
});
const tensors = memory('tensors');
const minutes = Number(((performance.now() - started) / 60_000).toFixed(1));
process.stdout.write(
  `${JSON.stringify({ steps, minutes, tensors, megabytes: memory('megabytes'), rssMegabytes: memory('rssMegabytes') })}\n`,
);
process.exitCode = tensors.slopePerThousandSteps > 0 ? 1 : 0;
