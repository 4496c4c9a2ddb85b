/** The analyses as a user runs them, on a tiny run over made-up scenes: of both detectors. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { runCli } from '../testing/run-cli.ts';
import { curve, logAxis } from './chart.ts';
import type { GradientsDocument } from './gradients.ts';
import type { PseudoLabelsDocument } from './pseudo-labels.ts';
import type { ScoreDistanceDocument } from './score-distance.ts';

let root: string;
const at = () => ({ cwd: root });

const retinanet = {
  backbone: { name: 'efficientnet-lite0', trainableStages: 1, normEpsilon: 0.001 },
  fpn: { channels: 8, lateralGain: 0.1 },
  head: { depth: 1, channels: 8 },
  initialization: 'he',
};
const fasterRcnn = {
  kind: 'faster-rcnn',
  compat: 'mmdetection',
  backbone: { name: 'efficientnet-lite0', trainableStages: 1, trainableNorm: true, normEpsilon: 0.001 },
  fpn: { channels: 8 },
  initialization: 'he',
  anchors: { side: 6, ratios: [1], centerOffset: 0.5 },
  rpn: {
    sampling: { count: 16 },
    training: { candidatesPerLevel: 30, proposals: 20 },
    testing: { candidatesPerLevel: 20, proposals: 10 },
    pairs: { candidatesPerLevel: 20, proposals: 8 },
  },
  roi: { hidden: 16, poolSize: 3, samplingRatio: 1, sampling: { count: 8 } },
};
const config = (detector: object, unlabeled: object | string) => ({
  seed: 1,
  data: {
    labeled: { annotations: 'scenes/annotations/instances_train.json', images: 'scenes/train' },
    ...(typeof unlabeled === 'string' ? { split: { percent: 50, fold: 1 } } : {}),
    unlabeled,
    validation: { annotations: 'scenes/annotations/instances_val.json', images: 'scenes/val' },
  },
  detector,
  input: { resize: { kind: 'fit', long: 128, short: 96, scale: [0.8, 1] } },
  batch: { labeled: 1, unlabeled: 2 },
  optimizer: { lr: 0.001, clip: 10, warmup: { steps: 1, factor: 0.1 } },
  schedule: { kind: 'step', milestones: [2] },
  iterations: 3,
  method: { kind: 'sed', burnIn: 1 },
  evaluation: { every: 0 },
  checkpoints: { every: 1, keep: 5 },
  telemetry: { every: 1, pseudoLabels: { every: 3, images: 2 } },
});

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sed-analyze-'));
  const scenes = ['synth', '--out', 'scenes', '--splits', 'train=6,val=2', '--unlabeled', 'pool=2', '--seed', '3'];
  expect((await runCli([...scenes, '--width', '128', '--height', '96'], at())).code).toBe(0);
  const runs = {
    retina: config(retinanet, 'rest-of-labeled'),
    faster: config(fasterRcnn, { images: 'scenes/pool' }),
  };
  for (const [name, settings] of Object.entries(runs)) {
    await writeFile(join(root, `${name}.json`), JSON.stringify(settings));
    const trained = await runCli(['train', '--config', `${name}.json`, '--out', name, '--no-report'], at());
    expect({ code: trained.code, stderr: trained.code === 0 ? '' : trained.stderr }).toEqual({ code: 0, stderr: '' });
  }
}, 180_000);
afterAll(() => rm(root, { recursive: true, force: true }));

/** Runs an analysis and checks what all of them leave: the files, the page, the JSON on stdout and in the file. */
async function analyze<T>(name: string, out: string, figures: readonly string[], argv: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await runCli(['analyze', name, '--out', out, '--json', ...argv], at());
  // which step of which model, of each run; nothing else
  const chosen = /^\w+: (student|teacher) of step \d+ \(.*\)\n/gm;
  expect({ code, stderr: stderr.replace(chosen, '') }).toEqual({ code: 0, stderr: '' });
  expect(stderr).toMatch(chosen);
  const files = [`${name}.html`, `${name}.json`, ...figures.flatMap((figure) => [`${figure}.png`, `${figure}.svg`])];
  expect((await readdir(join(root, out))).sort()).toEqual(files.sort());
  const document = JSON.parse(await readFile(join(root, out, `${name}.json`), 'utf8')) as T;
  expect(JSON.parse(stdout)).toEqual(document);
  const html = await readFile(join(root, out, `${name}.html`), 'utf8');
  expect(html).not.toMatch(/(?:src|href)="?https?:|@import|<script[^>]+src|<link/);
  expect(html).not.toMatch(/NaN|undefined|Infinity/);
  for (const figure of figures) {
    const svg = await readFile(join(root, out, `${figure}.svg`), 'utf8');
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    const { width, format } = await sharp(join(root, out, `${figure}.png`)).metadata();
    expect({ width, format }).toEqual({ width: 2 * Number(/width="(\d+)"/.exec(svg)![1]), format: 'png' });
  }
  return document;
}

test('score-distance: of a run, beside its earlier checkpoint, and on other data', async () => {
  const own = ['--run', 'retina', '--compare', 'retina/checkpoints/step-1'];
  const found = await analyze<ScoreDistanceDocument>('score-distance', 'sd', ['fig2b'], own);
  expect(found).toMatchObject({ analysis: 'score-distance', step: 3, model: 'teacher', images: 2, shift: 1, seed: 1 });
  expect(found.data).toMatchObject({ name: 'the validation images of retina', of: 2 });
  const [dense] = found.pairs;
  // 128 x 96 padded to 128 x 128: P4 to P7 of 8², 4², 2² and 1 cells
  expect(dense!.all.rows).toBe(2 * 9 * (64 + 16 + 4 + 1));
  expect(dense!.levels.map(({ level, partner }) => [level, partner])).toEqual([
    [4, 3],
    [5, 4],
    [6, 5],
    [7, 6],
  ]);
  expect(dense!.all.perImage).toHaveLength(20);
  expect(found.compare).toMatchObject({ step: 1, images: 2 });

  const other = ['--coco', 'scenes/annotations/instances_train.json', '--images', 'scenes/train', '--count', '1'];
  const student = ['--run', 'retina', '--model', 'student', '--checkpoint', '1', '--bins', '4', '--shift', '2'];
  const again = await analyze<ScoreDistanceDocument>('score-distance', 'sd2', ['fig2b'], [...student, ...other]);
  expect(again).toMatchObject({ step: 1, model: 'student', images: 1, shift: 2, edges: [0, 0.25, 0.5, 0.75, 1] });
  expect(again.data).toMatchObject({ name: 'scenes/instances_train', of: 6 });
});

test('score-distance of a two-stage detector has both stages', async () => {
  const figures = ['fig2b-rpn', 'fig2b-roi'];
  const found = await analyze<ScoreDistanceDocument>('score-distance', 'sd3', figures, ['--run', 'faster']);
  expect(found.pairs.map(({ pair }) => pair)).toEqual(['rpn', 'roi']);
  expect(found.pairs[1]!.all.rows).toBeGreaterThan(0);
});

test('pseudo-labels: the hidden labels of the run; the numbers of its telemetry', async () => {
  const found = await analyze<PseudoLabelsDocument>(
    'pseudo-labels',
    'pl',
    ['fig2c'],
    ['--run', 'retina', '--count', '2'],
  );
  const rows = (await readFile(join(root, 'retina/metrics.jsonl'), 'utf8')).trim().split('\n');
  const told = rows.map((row) => JSON.parse(row) as Record<string, unknown>).find(({ kind }) => kind === 'pseudo')!;
  expect(found).toMatchObject({ images: told['images'], step: told['step'], data: { of: 3 } });
  const indices = (told['thresholds'] as number[]).map((t) => found.thresholds.indexOf(t));
  expect(indices).not.toContain(-1);
  for (const [i, iou] of [50, 90].entries()) {
    expect(indices.map((s) => found.curves[i]!.precision[s])).toEqual(told[`precision${iou}`]);
    expect(indices.map((s) => found.curves[i]!.recall[s])).toEqual(told[`recall${iou}`]);
  }
  expect(found.objects).toBeGreaterThan(0);
  expect(found.classes.reduce((sum, { objects }) => sum + objects, 0)).toBe(found.objects);
  const compared = ['--run', 'retina', '--compare', 'faster', '--part', 'validation'];
  const both = await analyze<PseudoLabelsDocument>('pseudo-labels', 'pl2', ['fig2c'], compared);
  expect(both.compare!.objects).toBe(both.objects);
});

test('gradients: both losses, every pair; images without labels will do', async () => {
  const figures = ['fig4-distillation-rpn', 'fig4-distillation-roi', 'fig4-scale-rpn', 'fig4-scale-roi'];
  const found = await analyze<GradientsDocument>('gradients', 'gr', figures, ['--run', 'faster', '--bins', '5']);
  expect(found).toMatchObject({ images: 2, steps: 1, batch: 2, data: { of: 2 } });
  for (const { samples, uniform, reweighted } of found.terms) {
    expect([samples.length, uniform.length, reweighted.length]).toEqual([5, 5, 5]);
    samples.forEach((n, i) => expect(uniform[i]! > 0).toBe(n > 0 && reweighted[i]! > 0));
  }
  const folder = ['--run', 'retina', '--images', 'scenes/pool', '--batch', '1', '--count', '1'];
  const one = await analyze<GradientsDocument>(
    'gradients',
    'gr2',
    ['fig4-distillation-dense', 'fig4-scale-dense'],
    folder,
  );
  expect(one).toMatchObject({ images: 1, steps: 1, batch: 1 });
  expect(one.terms[0]!.samples.reduce((a, b) => a + b, 0)).toBeCloseTo(9 * (256 + 64 + 16 + 4 + 1), 4);
});

test('what is wrong is said before anything is written', async () => {
  const cases: [string[], number, RegExp][] = [
    [['score-distance', '--run', 'nowhere'], 2, /--run nowhere: there is no such folder/],
    [['score-distance', '--run', 'scenes'], 2, /scenes is no run: it has no config\.json/],
    [['score-distance', '--run', 'retina', '--checkpoint', '7'], 2, /retina has those of the steps 1, 2, 3/],
    [['score-distance', '--run', 'retina', '--compare', 'gone'], 2, /--compare gone: there is no such folder/],
    [['pseudo-labels', '--run', 'faster'], 1, /the labels of .*pool are not known.*--part validation/s],
    [['pseudo-labels', '--run', 'retina', '--images', 'scenes/pool'], 1, /labels of .*pool are not known/],
    [['pseudo-labels', '--run', 'retina', '--part', 'labeled', '--images', 'scenes/pool'], 2, /--part is for the data/],
    [['pseudo-labels', '--run', 'retina', '--classes', 'a'], 2, /a run knows its classes/],
    [['score-distance', '--run', 'retina', '--shift', '9'], 2, /from 1 to 4: a pyramid has five levels/],
    [['gradients', '--run', 'retina', '--count', '0'], 2, /at least 1/],
    [['gradients', '--run', 'retina', '--model', 'teacher'], 2, /unknown option '--model'/],
  ];
  for (const [argv, wanted, message] of cases) {
    const { code, stderr } = await runCli(['analyze', ...argv, '--out', 'never'], at());
    expect({ argv, code }).toEqual({ argv, code: wanted });
    expect(stderr).toMatch(message);
  }
  expect(await readdir(root)).not.toContain('never');
});

test('a logarithmic axis, a curve with a gap', () => {
  const { place, ticks } = logAxis([0.02, 0, null, 400]);
  expect(ticks.map(({ text }) => text)).toEqual(['10⁻²', '10⁻¹', '1', '10', '10²', '10³']);
  expect([place(0.01), place(1), place(1000)].map((v) => Number(v.toFixed(9)))).toEqual([0, 0.4, 1]);
  const plot = { left: 0, top: 0, right: 10, bottom: 10 };
  const path = /d="([^"]+)"/.exec(String(curve(plot, [[0, 0], [0.5, 1], null, [1, 0.5]], 0)))![1];
  expect(path).toBe('M0 10L5 0M10 5');
});
