/**
 * COCO's metrics here, by pycocotools and by faster-coco-eval, alternately, on made-up results of val2017's size:
 * seconds and peak memory, median and range, and whether all twelve numbers are the same.
 *
 *   node tools/bench/eval.mjs --python python3 --images 5000 --detections 100 --rounds 3
 *
 * `--python` is a Python with the libraries; `--libraries` names which of them (both).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../bootstrap/steps.mjs';
import { alternate, jsonOf, median, ratios, spread } from './alternate.mjs';

/** Metrics are printed to this by everybody. */
const SAME = 1e-9;

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    libraries: { type: 'string', default: 'pycocotools,faster-coco-eval' },
    images: { type: 'string', default: '5000' },
    detections: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '3' },
    runs: { type: 'string', default: '3' },
  },
});
const { python, images, detections, runs } = values;
const libraries = values.libraries.split(',');
const ours = [process.execPath, join(root, 'packages/cli/bin/sed-cli.mjs'), 'bench', 'eval', '--json'];
const folder = mkdtempSync(join(tmpdir(), 'sed-bench-eval-'));
try {
  const made = jsonOf([...ours, '--images', images, '--detections', detections, '--runs', '1', '--write', folder]);
  const same = ['--from', folder, '--runs', runs];
  const peer = (library) => [python, 'tools/bench/eval_coco.py', '--library', library, ...same];
  const results = alternate(
    { ours: [...ours, ...same], ...Object.fromEntries(libraries.map((library) => [library, peer(library)])) },
    Number(values.rounds),
    (round, name, { seconds, peak_rss_mib }) =>
      process.stderr.write(`round ${round}  ${name}: ${seconds} s, ${peak_rss_mib} MiB\n`),
  );
  for (const found of Object.values(results)) if (found instanceof Error) throw found;
  const column = (name, key) => results[name].map((r) => r[key]);
  process.stdout.write(
    `${made.images} images, ${made.objects} objects, ${made.detections} detections, ${made.classes} classes\n\n` +
      '| | to load, s | metrics, s | peak MiB | ours / it |\n| --- | --- | --- | --- | --- |\n',
  );
  for (const name of Object.keys(results)) {
    const ratio = name === 'ours' ? '' : spread(ratios(column('ours', 'seconds'), column(name, 'seconds')), 2);
    process.stdout.write(
      `| ${name} | ${spread(column(name, 'seconds_load'), 2)} | ${spread(column(name, 'seconds'), 2)} | ${median(column(name, 'peak_rss_mib')).toFixed(0)} | ${ratio} |\n`,
    );
  }
  const expected = made.metrics;
  for (const name of Object.keys(results)) {
    const { metrics } = results[name][0];
    const far = Object.keys(expected).filter((key) => !(Math.abs(metrics[key] - expected[key]) <= SAME));
    if (far.length > 0)
      throw new Error(
        `${name} has other metrics: ${far.map((key) => `${key} ${metrics[key]}, ours ${expected[key]}`).join('; ')}`,
      );
  }
  process.stdout.write(`\nAll twelve metrics agree to ${SAME} (AP ${expected.AP}).\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
