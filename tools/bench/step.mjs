/**
 * A SED step here and in PyTorch, alternately on the same machine: milliseconds a step and the ratio, median and range.
 *
 *   node tools/bench/step.mjs --peer 'python3 ../shared/peer/step_torch.py' --model retinanet --backbone resnet50 --size 384
 *   node tools/bench/step.mjs --peer 'python3 ../shared/peer/step_torch.py' --model fasterrcnn --backbone resnet50 --size 384
 *
 * `--peer` is any command that takes the same flags and prints one JSON line with `ms_per_step` and `peak_rss_mib`. The best of its
 * settings counts: it runs with and without --channels-last. Both have torchvision's proposals: at most 1000 a view in pairs, 2000 in the
 * supervised losses.
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { root } from '../bootstrap/steps.mjs';
import { join } from 'node:path';

const { values } = parseArgs({
  options: {
    peer: { type: 'string' },
    model: { type: 'string', default: 'retinanet' },
    backbone: { type: 'string', default: 'resnet50' },
    size: { type: 'string', default: '384' },
    labeled: { type: 'string', default: '1' },
    unlabeled: { type: 'string', default: '1' },
    steps: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
  },
});
if (!values.peer) {
  process.stderr.write(
    "usage: node tools/bench/step.mjs --peer 'python3 …/step_torch.py' [--model … --backbone … --size … --rounds N]\n",
  );
  process.exit(2);
}
const shape = ['model', 'backbone', 'size', 'labeled', 'unlabeled', 'steps'].flatMap((key) => [
  `--${key}`,
  values[key],
]);
const json = (program, args) => {
  const out = execFileSync(program, args, { encoding: 'utf8', cwd: root, stdio: ['ignore', 'pipe', 'ignore'] });
  return JSON.parse(out.trim().split('\n').at(-1));
};
const [python, ...script] = values.peer.split(' ');
const variants = {
  ours: () => json(process.execPath, [join(root, 'packages/cli/bin/sed-cli.mjs'), 'bench', 'step', ...shape, '--json']),
  torch: () => json(python, [...script, ...shape]),
  'torch, channels last': () => json(python, [...script, ...shape, '--channels-last']),
};

const results = Object.fromEntries(Object.keys(variants).map((name) => [name, []]));
for (let round = 0; round < Number(values.rounds); round++) {
  for (const [name, measure] of Object.entries(variants)) {
    const { ms_per_step, peak_rss_mib } = measure();
    results[name].push({ ms: ms_per_step, mib: peak_rss_mib });
    process.stderr.write(`round ${round + 1}  ${name}: ${ms_per_step} ms, ${peak_rss_mib} MiB\n`);
  }
}
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const row = (name) => {
  const ms = results[name].map((r) => r.ms);
  return `| ${name} | ${median(ms).toFixed(0)} (${Math.min(...ms).toFixed(0)} to ${Math.max(...ms).toFixed(0)}) | ${median(results[name].map((r) => r.mib)).toFixed(0)} |\n`;
};
const best = Object.keys(variants)
  .slice(1)
  .sort((a, b) => median(results[a].map((r) => r.ms)) - median(results[b].map((r) => r.ms)))[0];
const ratios = results.ours.map((r, i) => r.ms / results[best][i].ms);
process.stdout.write('| | ms a step, median (range) | peak MiB |\n| --- | --- | --- |\n');
for (const name of Object.keys(variants)) process.stdout.write(row(name));
process.stdout.write(
  `\nours / ${best}: ${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})\n`,
);
