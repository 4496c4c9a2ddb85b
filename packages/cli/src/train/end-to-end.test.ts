/** The chain a user goes through, on a few tiny scenes: synth, train, resume, report, predict, eval. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { runCli } from '../testing/run-cli.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sed-chain-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const config = {
  seed: 1,
  data: {
    labeled: { annotations: 'scenes/annotations/instances_train.json', images: 'scenes/train' },
    unlabeled: { images: 'scenes/pool' },
    validation: { annotations: 'scenes/annotations/instances_val.json', images: 'scenes/val' },
  },
  detector: {
    backbone: { name: 'efficientnet-lite0', trainableStages: 1, normEpsilon: 0.001 },
    fpn: { channels: 8, lateralGain: 0.1 },
    head: { depth: 1, channels: 8 },
    initialization: 'he',
    detection: { scoreThreshold: 0.001, maxDetections: 10 },
  },
  input: { resize: { kind: 'fit', long: 96, short: 64, scale: [0.8, 1] } },
  batch: { labeled: 1, unlabeled: 1 },
  optimizer: { lr: 0.001, clip: 10, warmup: { steps: 1, factor: 0.1 } },
  schedule: { kind: 'step', milestones: [3] },
  iterations: 4,
  method: { kind: 'sed', burnIn: 2 },
  evaluation: { every: 0 },
  checkpoints: { every: 0 },
  telemetry: { every: 1, pseudoLabels: { every: 0 } },
};

test('synth, train, report, predict, eval', async () => {
  const at = { cwd: root };
  const scenes = [
    'synth',
    '--out',
    'scenes',
    '--splits',
    'train=2,val=2',
    '--unlabeled',
    'pool=2',
    '--width',
    '96',
    '--height',
    '64',
  ];
  expect((await runCli(scenes, at)).code).toBe(0);
  await writeFile(join(root, 'run.json'), JSON.stringify(config));

  const trained = await runCli(['train', '--config', 'run.json', '--out', 'run', '--set', 'seed=2', '--json'], at);
  expect({ code: trained.code, stderr: trained.code === 0 ? '' : trained.stderr }).toEqual({ code: 0, stderr: '' });
  const result = JSON.parse(trained.stdout) as { step: number; stopped: boolean; checkpoint: string };
  expect(result).toMatchObject({ step: 4, stopped: false });
  expect(trained.stderr).toMatch(/Training: 2 labeled, 2 unlabeled, 2 validation images/);
  expect(trained.stderr).toMatch(/iteration 4\/4 {2}sed .*dist\.cls .*scale\.cls/);
  expect(trained.stderr).toMatch(/teacher +\d/);
  expect(existsSync(join(root, 'run', 'config.json'))).toBe(true);

  const page = await readFile(join(root, 'run', 'report.html'), 'utf8');
  expect(page.includes('<b>run · teacher</b>')).toBe(true); // not toContain: a failure would print the page
  expect(page.split('data:image/jpeg;base64,')).toHaveLength(3);

  const again = await runCli(['train', '--config', 'run.json', '--out', 'run'], at);
  expect(again.code).toBe(2);
  const other = await runCli(['train', '--config', 'run.json', '--out', 'run', '--resume'], at);
  expect(other.code).toBe(1); // another seed is another run
  expect(other.stderr).toMatch(/seed/);
  expect((await runCli(['train', '--out', 'run', '--resume', '--no-report'], at)).code).toBe(0);

  const argv = [
    'predict',
    '--run',
    'run',
    '--images',
    'scenes/val',
    '--annotations',
    'scenes/annotations/instances_val.json',
  ];
  const predicted = await runCli(
    [...argv, '--out', 'found.json', '--draw', 'drawn', '--score', '0.001', '--draw-score', '0.001', '--json'],
    at,
  );
  expect({ code: predicted.code, stderr: predicted.code === 0 ? '' : predicted.stderr }).toEqual({
    code: 0,
    stderr: '',
  });
  const summary = JSON.parse(predicted.stdout) as { images: number; detections: number; drawn: number };
  expect(summary).toMatchObject({ images: 2, drawn: 2 });
  expect(summary.detections).toBeGreaterThan(0);
  const found = JSON.parse(await readFile(join(root, 'found.json'), 'utf8')) as { image_id: number; bbox: number[] }[];
  expect(found).toHaveLength(summary.detections);
  const truth = JSON.parse(await readFile(join(root, 'scenes/annotations/instances_val.json'), 'utf8')) as {
    images: { id: number; file_name: string }[];
  };
  expect(new Set(found.map((d) => d.image_id))).toEqual(new Set(truth.images.map((i) => i.id)));
  const drawn = await sharp(join(root, 'drawn', truth.images[0]!.file_name)).metadata();
  expect([drawn.width, drawn.height]).toEqual([96, 64]);

  const evaluated = await runCli(
    ['eval', '--annotations', 'scenes/annotations/instances_val.json', '--detections', 'found.json', '--json'],
    at,
  );
  expect(evaluated.code).toBe(0);
  expect((JSON.parse(evaluated.stdout) as { AR100: number }).AR100).toBeGreaterThanOrEqual(0);

  // the run's own data, as it was evaluated in training; other data by its labels; several sizes
  const own = await runCli(['eval', '--run', 'run', '--json'], at);
  expect(own.code).toBe(0);
  const rows = (await readFile(join(root, 'run', 'metrics.jsonl'), 'utf8')).trim().split('\n');
  const last = rows
    .map((row) => JSON.parse(row) as { kind: string; metrics: object })
    .filter((r) => r.kind === 'eval')
    .at(-1)!;
  expect(JSON.parse(own.stdout)).toMatchObject({ ...last.metrics, model: 'teacher', images: 2 });
  const labels = ['--annotations', 'scenes/annotations/instances_val.json', '--images', 'scenes/val'];
  const several = await runCli(['eval', '--run', 'run', ...labels, '--scales', '64,96', '--json'], at);
  expect({ code: several.code, stderr: several.code === 0 ? '' : several.stderr }).toEqual({ code: 0, stderr: '' });
  const { scales } = JSON.parse(several.stdout) as { scales: { scale: number; AP: number }[] };
  expect(scales.map(({ scale }) => scale)).toEqual([64, 96]);
  const at96 = await runCli(['eval', '--run', 'run', '--size', '96', '--json'], at);
  expect(JSON.parse(at96.stdout)).toMatchObject({ AP: scales[1]!.AP });
  const table = await runCli(['eval', '--run', 'run', '--scales', '64,96'], at);
  expect(table.stdout).toMatch(/short edge +AP +AP50.*\n64 .*\n96 .*\nmerged [^]*Average Precision/);

  // a validation image that breaks after the run costs the report one picture, not all of them
  await writeFile(join(root, 'scenes/val', truth.images[0]!.file_name), 'no picture');
  await rm(join(root, 'run', 'report-images.json'));
  const report = await runCli(['report', 'run', '--out', 'again.html'], at);
  expect(report.stderr).toMatch(/val_000001\.jpg.*shows the other pictures/);
  expect((await readFile(join(root, 'again.html'), 'utf8')).split('data:image/jpeg;base64,')).toHaveLength(2);
}, 180_000);

test('what is wrong with a config is said before anything is loaded, with exit code 2', async () => {
  await writeFile(join(root, 'bad.json'), JSON.stringify({ ...config, iteratons: 5, batch: { labeled: 'two' } }));
  const { code, stderr } = await runCli(['train', '--config', 'bad.json', '--out', 'never'], { cwd: root });
  expect(code).toBe(2);
  expect(stderr).toMatch(/iteratons/);
  expect(stderr).toMatch(/iterations/);
  expect(stderr).toMatch(/batch\.labeled/);
  expect(existsSync(join(root, 'never'))).toBe(false);
});
