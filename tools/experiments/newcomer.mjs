/**
 * The README's three commands on a folder of pictures with labels and one without, timed: `init`, `train`, `predict`.
 *
 *   node tools/experiments/newcomer.mjs --data ../shared/data/bccd [--labeled 50] [--out runs/newcomer]
 *
 * The first images of BCCD's train set, by id, are the labeled ones, with a COCO file beside them; its other images are
 * the unlabeled ones, the first five of its test set the new ones. Prints the seconds of each command and the best
 * evaluation.
 */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { cli } from '../bootstrap/setup.mjs';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    labeled: { type: 'string', default: '50' },
    out: { type: 'string', default: 'runs/newcomer' },
  },
});
if (!values.data) {
  process.stderr.write('usage: node tools/experiments/newcomer.mjs --data DIR [--labeled 50] [--out DIR]\n');
  process.exit(2);
}

const coco = (set) => JSON.parse(readFileSync(join(values.data, 'annotations', `instances_${set}.json`), 'utf8'));
const folder = (name) => join(values.out, 'photos', name);

function place(images, name) {
  mkdirSync(folder(name), { recursive: true });
  return images.map((image) => {
    const file_name = basename(image.file_name);
    copyFileSync(join(values.data, 'voc/JPEGImages', file_name), join(folder(name), file_name));
    return { ...image, file_name };
  });
}

rmSync(values.out, { recursive: true, force: true });
const train = coco('train');
const byId = [...train.images].sort((a, b) => a.id - b.id);
const labeled = place(byId.slice(0, Number(values.labeled)), 'labeled');
place(byId.slice(labeled.length), 'more');
place(coco('test').images.slice(0, 5), 'new');
const ids = new Set(labeled.map(({ id }) => id));
const annotations = train.annotations.filter(({ image_id }) => ids.has(image_id));
writeFileSync(join(folder('labeled'), 'labels.json'), JSON.stringify({ ...train, images: labeled, annotations }));

async function timed(...args) {
  const start = performance.now();
  const code = await cli(...args);
  if (code !== 0) process.exit(code);
  return `${args[0]} ${((performance.now() - start) / 1000).toFixed(0)} s`;
}

const [config, run] = [join(values.out, 'my.json'), join(values.out, 'run')];
const times = [
  await timed('init', '--labeled', folder('labeled'), '--unlabeled', folder('more'), '--out', config),
  await timed('train', '--config', config, '--out', run),
  await timed(
    ...['predict', '--run', run, '--images', folder('new'), '--out', join(values.out, 'found.json')],
    ...['--draw', join(values.out, 'pictures')],
  ),
];
const rows = readFileSync(join(run, 'metrics.jsonl'), 'utf8').trim().split('\n');
const evaluations = rows.map((row) => JSON.parse(row)).filter(({ kind }) => kind === 'eval');
const best = evaluations.reduce((a, b) => (b.metrics.AP > a.metrics.AP ? b : a));
const percent = (value) => (100 * value).toFixed(1);
process.stdout.write(
  `${times.join(', ')}; best: ${best.model} of iteration ${best.step}, AP ${percent(best.metrics.AP)}, AP50 ${percent(best.metrics.AP50)} on ${best.images} images held out\n`,
);
