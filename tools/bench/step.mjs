/**
 * A SED step, or a forward pass, here and in PyTorch, alternately on the same machine: milliseconds, peak memory and
 * the ratios, median and range, as a Markdown table; every combination of the lists is a row, printed when it is done.
 *
 *   node tools/bench/step.mjs --peer 'python3 ../shared/peer/step_torch.py' --model retinanet,fasterrcnn --backbone
 *   resnet18,resnet50 --size 256,384,640 node tools/bench/step.mjs --peer 'python3 tools/bench/step_torch_lite0.py
 *   --reference ../shared/peer' --backbone efficientnet-lite0 --size 256,384 node tools/bench/step.mjs --what forward
 *   --peer 'python3 tools/bench/forward_torch.py' --backbone resnet18,resnet50,efficientnet-lite0 --batch 1,8
 *
 * `--peer` is any command that takes the same flags as `sed-cli bench step` or `forward` and prints one JSON line with
 * `ms_per_step` or `ms_per_forward`, and `peak_rss_mib`. The best of its settings counts: it runs plain, with
 * --channels-last, and where `--what forward` also with --channels-last --fuse (`--settings` names others, with commas
 * between them). Where it prints `parameters`, they must be ours. Both have torchvision's proposals on ResNets: at most
 * 1000 a view in pairs, 2000 in the supervised losses.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../bootstrap/steps.mjs';
import { alternate, median, ratios, spread } from './alternate.mjs';

const { values } = parseArgs({
  options: {
    what: { type: 'string', default: 'step' },
    peer: { type: 'string' },
    settings: { type: 'string' },
    model: { type: 'string', default: 'retinanet' },
    backbone: { type: 'string', default: 'resnet50' },
    size: { type: 'string', default: '384' },
    batch: { type: 'string', default: '1' },
    steps: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    raw: { type: 'string' },
  },
});
const usage = (why) => {
  process.stderr.write(
    `${why}\nusage: node tools/bench/step.mjs --peer 'python3 …/step_torch.py' [--what step|forward --model … --backbone … --size … --batch … (lists) ` +
      "--steps N --rounds N --settings ',--channels-last' --raw FILE]\n",
  );
  process.exit(2);
};
if (!['step', 'forward'].includes(values.what)) usage(`--what is ${values.what}; it can be step or forward.`);
if (!values.peer) usage('--peer is missing.');
if (!(Number(values.rounds) >= 1)) usage(`--rounds is ${values.rounds}; it must be at least 1.`);
const forward = values.what === 'forward';
const key = forward ? 'ms_per_forward' : 'ms_per_step';
const steps = values.steps ?? (forward ? '10' : '3');
const settings = (values.settings ?? (forward ? ',--channels-last,--channels-last --fuse' : ',--channels-last')).split(
  ',',
);
const cli = [process.execPath, join(root, 'packages/cli/bin/sed-cli.mjs'), 'bench', values.what];
const words = (text) => text.split(' ').filter((word) => word !== '');

const points = values.model
  .split(',')
  .flatMap((model) =>
    values.backbone
      .split(',')
      .flatMap((backbone) =>
        values.size
          .split(',')
          .flatMap((size) => values.batch.split(',').map((batch) => ({ model, backbone, size, batch }))),
      ),
  );
const names = settings.map((setting) => `torch${setting === '' ? '' : ` ${setting.replaceAll('--', '')}`}`);
const head = [
  'model',
  'backbone',
  'pixels',
  'images',
  'ours, ms',
  ...names.map((name) => `${name}, ms`),
  'ours / best',
  'MiB',
  'torch',
  'ratio',
];
const line = (cells) => `| ${cells.join(' | ')} |\n`;
process.stdout.write(line(head) + line(head.map(() => '---')));
let failed = false;

for (const { model, backbone, size, batch } of points) {
  const images = forward ? ['--batch', batch] : ['--labeled', batch, '--unlabeled', batch];
  const flags = ['--model', model, '--backbone', backbone, '--size', size, ...images, '--steps', steps];
  const variants = {
    ours: [...cli, ...flags, '--json'],
    ...Object.fromEntries(names.map((name, i) => [name, [...words(values.peer), ...flags, ...words(settings[i])]])),
  };
  const results = alternate(variants, Number(values.rounds), (round, name, result) => {
    const about = { round, name, model, backbone, size, batch };
    process.stderr.write(
      `${backbone} ${size} x${batch}, round ${round}  ${name}: ${result[key]} ms, ${result.peak_rss_mib} MiB\n`,
    );
    if (values.raw) appendFileSync(values.raw, `${JSON.stringify({ ...about, result })}\n`);
  });
  process.stdout.write(line([model, backbone, size, forward ? batch : `${batch} + ${batch}`, ...cellsOf(results)]));
}
process.exitCode = failed ? 1 : 0;

/** Times of all variants, the ratio to the peer's fastest setting, and memory. */
function cellsOf(results) {
  const times = (name) => (results[name] instanceof Error ? undefined : results[name].map((r) => r[key]));
  const cells = Object.keys(results).map((name) => (times(name) ? spread(times(name)) : 'failed'));
  const ran = names.filter((name) => times(name));
  failed ||= results.ours instanceof Error || ran.length < names.length;
  if (results.ours instanceof Error || ran.length === 0) return [...cells, '', '', '', ''];
  const best = ran.sort((a, b) => median(times(a)) - median(times(b)))[0];
  requireSame(results.ours[0].parameters, results[best][0].parameters);
  const memory = (name) => results[name].map((r) => r.peak_rss_mib);
  return [
    ...cells,
    spread(ratios(times('ours'), times(best)), 2),
    median(memory('ours')).toFixed(0),
    median(memory(best)).toFixed(0),
    spread(ratios(memory('ours'), memory(best)), 2),
  ];
}

/** Two models of other sizes are not compared. */
function requireSame(ours, theirs) {
  if (!theirs || JSON.stringify(ours) === JSON.stringify(theirs)) return;
  throw new Error(
    `The models differ: ours has parameters ${JSON.stringify(ours)}, the peer ${JSON.stringify(theirs)}.`,
  );
}
