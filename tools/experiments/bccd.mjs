/**
 * BCCD, 10 % labeled: supervised and SED from one burn-in, on each fold; AP and AP50 of both models, mean and spread.
 *
 *   node tools/experiments/bccd.mjs --data ../shared/data/bccd --out runs/bccd --folds 1,2,3 [--model fasterrcnn]
 *
 * The recipes are bccd-10-supervised and bccd-10-sed, with `--model fasterrcnn` those with -fasterrcnn in the name; its
 * runs lie beside RetinaNet's. `--set` is for both methods, `--sed-set` for SED alone, whose runs then want a `--tag`
 * in the name of their folders. A finished run is not run again and an unfinished one goes on from its checkpoint, so
 * the command may be stopped and repeated.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cli } from '../bootstrap/setup.mjs';
import { root } from '../bootstrap/steps.mjs';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    out: { type: 'string', default: 'runs/bccd' },
    folds: { type: 'string', default: '1,2,3' },
    model: { type: 'string', default: 'retinanet' },
    set: { type: 'string', multiple: true, default: [] },
    'sed-set': { type: 'string', multiple: true, default: [] },
    tag: { type: 'string', default: '' },
  },
});
if (!values.data || !['retinanet', 'fasterrcnn'].includes(values.model)) {
  process.stderr.write(
    'usage: node tools/experiments/bccd.mjs --data DIR [--model retinanet|fasterrcnn] [--out DIR] [--folds 1,2,3] [--set a.b=v]… [--sed-set a.b=v]… [--tag NAME]\n',
  );
  process.exit(2);
}

const rowsOf = (run) =>
  readFileSync(join(run, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const finished = (run) => existsSync(join(run, 'metrics.jsonl')) && rowsOf(run).some((row) => row.kind === 'done');

async function run(recipe, fold, out, extra = []) {
  if (finished(out)) return;
  const code = await cli(
    'train',
    '--config',
    join(root, 'packages/trainer/recipes', `${recipe}.json`),
    '--out',
    out,
    ...[`data.root=${values.data}`, `data.split.fold=${fold}`, ...values.set].flatMap((set) => ['--set', set]),
    ...extra,
    ...(existsSync(join(out, 'config.json')) ? ['--resume'] : []),
  );
  if (code !== 0) process.exit(code);
}

const suffix = values.model === 'retinanet' ? '' : `-${values.model}`;
const table = [];
for (const fold of values.folds.split(',').map(Number)) {
  const supervised = join(values.out, `supervised${suffix}-fold${fold}`);
  const sed = join(values.out, `sed${suffix}${values.tag && `-${values.tag}`}-fold${fold}`);
  await run(`bccd-10-supervised${suffix}`, fold, supervised);
  await run(`bccd-10-sed${suffix}`, fold, sed, [
    '--init-from',
    join(supervised, 'checkpoints', 'step-400'),
    ...values['sed-set'].flatMap((set) => ['--set', set]),
  ]);
  for (const [name, folder] of [
    ['supervised', supervised],
    ['SED', sed],
  ]) {
    const rows = rowsOf(folder);
    const seconds = rows
      .filter((row) => row.kind === 'train' && row.step > 400)
      .map((row) => row.seconds)
      .sort((a, b) => a - b);
    for (const model of ['student', 'teacher']) {
      const { metrics } = rows.filter((row) => row.kind === 'eval' && row.model === model).at(-1);
      table.push({
        fold,
        name,
        model,
        AP: 100 * metrics.AP,
        AP50: 100 * metrics.AP50,
        seconds: seconds[seconds.length >> 1],
      });
    }
  }
}

const mean = (list) => list.reduce((a, b) => a + b, 0) / list.length;
const deviation = (list) =>
  Math.sqrt(list.reduce((sum, x) => sum + (x - mean(list)) ** 2, 0) / Math.max(1, list.length - 1));
const both = (row) => `${row.AP.toFixed(2)} / ${row.AP50.toFixed(2)}`;
const folds = [...new Set(table.map((row) => row.fold))];
const columns = [
  ['supervised raw', 'supervised', 'student'],
  ['supervised EMA', 'supervised', 'teacher'],
  ['SED student', 'SED', 'student'],
  ['SED teacher', 'SED', 'teacher'],
].map(([title, name, model]) => ({ title, rows: table.filter((row) => row.name === name && row.model === model) }));
const line = (cells) => `| ${cells.join(' | ')} |\n`;
let text = line(['AP / AP50', ...columns.map((c) => c.title)]) + line(['---', ...columns.map(() => '---')]);
for (const fold of folds)
  text += line([`fold ${fold}`, ...columns.map((c) => both(c.rows.find((row) => row.fold === fold)))]);
const spread = (rows, key) =>
  `${mean(rows.map((r) => r[key])).toFixed(2)} ± ${deviation(rows.map((r) => r[key])).toFixed(2)}`;
text += line(['mean ± s.d.', ...columns.map((c) => `${spread(c.rows, 'AP')} / ${spread(c.rows, 'AP50')}`)]);
text += line(['seconds a step', ...columns.map((c) => mean(c.rows.map((row) => row.seconds)).toFixed(2))]);
process.stdout.write(text);
