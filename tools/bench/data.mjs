/**
 * The data pipeline here and in torchvision, alternately on the same machine: images a second and the ratio, median and
 * range.
 *
 *   node tools/bench/data.mjs --images '../shared/data/bccd/voc/JPEGImages/*.jpg' --peer 'python3
 *   tools/bench/data_torch.py' --size 320
 *
 * `--peer` is any command that takes the same flags and prints one JSON line with `images_per_second`,
 * `cpu_ms_per_image` and `peak_rss_mib`. Each of `--workers` is measured on both sides; the ratio is of the best of
 * each.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../bootstrap/steps.mjs';

const { values } = parseArgs({
  options: {
    images: { type: 'string' },
    peer: { type: 'string' },
    size: { type: 'string', default: '320' },
    workers: { type: 'string', default: '0,1,2' },
    count: { type: 'string', default: '400' },
    rounds: { type: 'string', default: '3' },
  },
});
if (!values.peer || !values.images) {
  process.stderr.write(
    "usage: node tools/bench/data.mjs --images 'folder/*.jpg' --peer 'python3 tools/bench/data_torch.py' [--size 320 --workers 0,1,2 --count 400 --rounds 3]\n",
  );
  process.exit(2);
}
const json = (program, args) => {
  const out = execFileSync(program, args, { encoding: 'utf8', cwd: root, stdio: ['ignore', 'pipe', 'ignore'] });
  return JSON.parse(out.trim().split('\n').at(-1));
};
const [python, ...script] = values.peer.split(' ');
const cli = join(root, 'packages/cli/bin/sed-cli.mjs');
const variants = values.workers.split(',').flatMap((workers) => {
  const flags = ['--images', values.images, '--size', values.size, '--workers', workers, '--count', values.count];
  const threads = workers === '0' ? 'no workers' : `${workers} worker${workers === '1' ? '' : 's'}`;
  return [
    {
      side: 'ours',
      name: `ours, ${threads}`,
      run: () => json(process.execPath, [cli, 'bench', 'data', ...flags, '--json']),
    },
    { side: 'peer', name: `torchvision, ${threads}`, run: () => json(python, [...script, ...flags, '--json']) },
  ];
});

const results = new Map(variants.map(({ name }) => [name, []]));
for (let round = 0; round < Number(values.rounds); round++) {
  for (const { name, run } of variants) {
    const found = run();
    results.get(name).push(found);
    process.stderr.write(
      `round ${round + 1}  ${name}: ${found.images_per_second} images/s, ${found.cpu_ms_per_image} ms\n`,
    );
  }
}
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const column = (name, key) => results.get(name).map((r) => r[key]);
const spread = (list, digits) =>
  `${median(list).toFixed(digits)} (${Math.min(...list).toFixed(digits)} to ${Math.max(...list).toFixed(digits)})`;
process.stdout.write(
  `| short edge ${values.size} | images a second, median (range) | processor ms an image | peak MiB |\n| --- | --- | --- | --- |\n`,
);
for (const { name } of variants) {
  const [speed, cpu, mib] = ['images_per_second', 'cpu_ms_per_image', 'peak_rss_mib'].map((key) => column(name, key));
  process.stdout.write(`| ${name} | ${spread(speed, 0)} | ${spread(cpu, 1)} | ${median(mib).toFixed(0)} |\n`);
}
const best = (side) =>
  variants
    .filter((v) => v.side === side)
    .map((v) => column(v.name, 'images_per_second'))
    .sort((a, b) => median(b) - median(a))[0];
const [ours, peer] = [best('ours'), best('peer')];
process.stdout.write(
  `\nimages a second, ours / torchvision, best of each: ${spread(
    ours.map((v, i) => v / peer[i]),
    2,
  )}\n`,
);
