/**
 * `predict` and `eval` with a run, as a user meets them: other numbering, other shapes, broken files, files that must
 * not be overwritten.
 */
import { createHash } from 'node:crypto';
import {
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CocoDetection } from '@sed/datasets-coco';
import sharp from 'sharp';
import { runCli } from '../testing/run-cli.ts';

const root = mkdtempSync(join(tmpdir(), 'sed-predict-run-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const PATIENCE = 240_000;

interface Coco {
  images: { id: number; file_name: string; width: number; height: number }[];
  annotations: { id: number; image_id: number; category_id: number; bbox: number[] }[];
  categories: { id: number; name: string }[];
}
const at = { cwd: root };
const path = (...parts: string[]) => join(root, ...parts);
const json = <T>(name: string): T => JSON.parse(readFileSync(path(name), 'utf8')) as T;
const put = (name: string, value: unknown) => writeFileSync(path(name), JSON.stringify(value));
const hash = (name: string) =>
  createHash('sha256')
    .update(readFileSync(path(name)))
    .digest('hex');
const predict = (...argv: string[]) => runCli(['predict', '--run', 'run', ...argv], at);
/** The numbers of a JSON object, to ten digits. */
const rounded = (text: string) =>
  Object.entries(JSON.parse(text) as Record<string, unknown>).map(([key, value]) => [
    key,
    typeof value === 'number' ? Number(value.toFixed(10)) : value,
  ]);
const VAL = 'scenes/annotations/instances_val.json';

beforeAll(async () => {
  const scenes = ['synth', '--out', 'scenes', '--splits', 'train=4,val=3', '--width', '96', '--height', '64'];
  expect(await runCli(scenes, at)).toMatchObject({ code: 0 });
  put('run.json', {
    seed: 1,
    data: {
      labeled: { annotations: 'scenes/annotations/instances_train.json', images: 'scenes/train' },
      validation: { annotations: VAL, images: 'scenes/val' },
    },
    detector: {
      backbone: { name: 'efficientnet-lite0', trainableStages: 1, normEpsilon: 0.001 },
      fpn: { channels: 8, lateralGain: 0.1 },
      head: { depth: 1, channels: 8 },
      initialization: 'he',
      detection: { scoreThreshold: 0.001, maxDetections: 100 },
    },
    input: { resize: { kind: 'fit', long: 96, short: 64, scale: [0.8, 1] }, canvas: { width: 96, height: 64 } },
    batch: { labeled: 1, unlabeled: 1 },
    optimizer: { lr: 0.001, clip: 10, warmup: { steps: 1, factor: 0.1 } },
    schedule: { kind: 'step', milestones: [1] },
    iterations: 2,
    method: { kind: 'supervised', burnIn: 0 },
    evaluation: { every: 0 },
    checkpoints: { every: 0 },
    telemetry: { every: 1, pseudoLabels: { every: 0 } },
  });
  const trained = await runCli(['train', '--config', 'run.json', '--out', 'run', '--no-report', '--quiet'], at);
  expect({ code: trained.code, stderr: trained.code === 0 ? '' : trained.stderr }).toEqual({ code: 0, stderr: '' });
}, PATIENCE);

describe('annotations that number the classes otherwise', () => {
  let reversed: Coco;
  beforeAll(() => {
    const val = json<Coco>(VAL);
    const ids = val.categories.map(({ id }) => id);
    const other = new Map(ids.map((id, i) => [id, ids[ids.length - 1 - i]!]));
    reversed = {
      ...val,
      categories: val.categories.map((c) => ({ ...c, id: other.get(c.id)! })).sort((a, b) => a.id - b.id),
      annotations: val.annotations.map((a) => ({ ...a, category_id: other.get(a.category_id)! })),
    };
    put('reversed.json', reversed);
  });

  test(
    'detections have the ids of the file, and so its metrics',
    async () => {
      const choices = ['--images', 'scenes/val', '--score', '0'];
      expect((await predict(...choices, '--annotations', VAL, '--out', 'a.json')).code).toBe(0);
      expect((await predict(...choices, '--annotations', 'reversed.json', '--out', 'b.json')).code).toBe(0);
      const nameIn = (file: string) => new Map(json<Coco>(file).categories.map(({ id, name }) => [id, name]));
      const named = (file: string, names: Map<number, string>) =>
        json<CocoDetection[]>(file).map((d) => [d.image_id, names.get(d.category_id), d.bbox, d.score]);
      expect(named('b.json', nameIn('reversed.json'))).toEqual(named('a.json', nameIn(VAL)));
      expect(json('b.json')).not.toEqual(json('a.json'));
      // classes are summed in another order
      const metrics = async (...argv: string[]) => rounded((await runCli(['eval', ...argv, '--json'], at)).stdout);
      const fromFile = await metrics('--annotations', VAL, '--detections', 'a.json');
      expect(await metrics('--annotations', 'reversed.json', '--detections', 'b.json')).toEqual(fromFile);
      const labels = ['--annotations', 'reversed.json', '--images', 'scenes/val'];
      expect(await metrics('--run', 'run', ...labels)).toEqual(await metrics('--run', 'run'));
    },
    PATIENCE,
  );

  test(
    'names that differ are told or refused',
    async () => {
      const first = reversed.categories[0]!.name;
      const renamed = (name: string): Coco => ({
        ...reversed,
        categories: reversed.categories.map((c, i) => (i === 0 ? { ...c, name } : c)),
      });
      const choices = ['--images', 'scenes/val', '--score', '0', '--annotations', 'other.json', '--out', 'c.json'];
      put('other.json', renamed(`  ${first.toUpperCase()}`));
      const near = await predict(...choices);
      expect(near).toMatchObject({ code: 1, stdout: '' });
      expect(near.stderr).toContain(`may be the model's '${first}'`);
      put('other.json', renamed('dragon'));
      const told = await predict(...choices);
      expect(told.code).toBe(0);
      expect(told.stderr).toContain(`has no class '${first}', which the model has: such detections are left out`);
      expect(told.stderr).toContain("The model has no class 'dragon'");
      expect(json<CocoDetection[]>('c.json').some((d) => d.category_id === reversed.categories[0]!.id)).toBe(false);
      const mended = await predict(...choices, '--rename-classes', `dragon=${first}`);
      expect(mended).toMatchObject({ code: 0, stderr: '' });
      expect(hash('c.json')).toBe(hash('b.json'));
      put('other.json', { ...reversed, categories: reversed.categories.map((c) => ({ ...c, name: `x${c.id}` })) });
      expect((await predict(...choices)).stderr).toContain('No class of the model is in');
      // eval on the run's own model: what the run lacks is named, and can be left out
      put('other.json', renamed('dragon'));
      const evaluate = ['eval', '--run', 'run', '--annotations', 'other.json', '--images', 'scenes/val', '--json'];
      const refused = await runCli(evaluate, at);
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(refused.stderr).toContain("not among the classes: 'dragon'");
      expect((await runCli([...evaluate, '--leave-out-classes', 'dragon'], at)).code).toBe(0);
      const same = await runCli([...evaluate, '--rename-classes', `dragon=${first}`], at);
      expect(rounded(same.stdout)).toEqual(rounded((await runCli(['eval', '--run', 'run', '--json'], at)).stdout));
    },
    PATIENCE,
  );

  test(
    'detections that were numbered by another file are refused by eval, with what differs',
    async () => {
      const val = json<Coco>(VAL);
      // images in another order, so that their places are other ids
      const turned = val.images.map((image, i) => ({ ...image, id: val.images.length - i }));
      const idOf = new Map(val.images.map((image, i) => [image.id, turned[i]!.id]));
      put('turned.json', {
        ...val,
        images: turned,
        annotations: val.annotations.map((a) => ({ ...a, image_id: idOf.get(a.image_id)! })),
      });
      const choices = ['--images', 'scenes/val', '--score', '0', '--out', 'd.json'];
      const byPath = await predict(...choices);
      expect(byPath.stdout).toContain('category ids: 1 ball, 2 bird');
      const evaluate = (truth: string) => runCli(['eval', '--annotations', truth, '--detections', 'd.json'], at);
      const images = await evaluate('turned.json');
      expect(images).toMatchObject({ code: 1, stdout: '' });
      expect(images.stderr).toMatch(
        /By .*d\.images\.json image 1 is "val_000001\.jpg", there "val_000003\.jpg"; image 3 is/,
      );
      expect((await predict(...choices, '--annotations', 'turned.json')).code).toBe(0);
      expect(await evaluate('turned.json')).toMatchObject({ code: 0 });
      expect((await predict(...choices, '--annotations', VAL)).code).toBe(0);
      const classes = await evaluate('reversed.json');
      expect(classes).toMatchObject({ code: 1, stdout: '' });
      const [first, last] = [val.categories[0]!, val.categories.at(-1)!];
      expect(classes.stderr).toContain(`category ${first.id} is "${first.name}", there "${last.name}"`);
      expect(await evaluate(VAL)).toMatchObject({ code: 0 });
      writeFileSync(path('d.images.json'), '{"of": "somebody else"}');
      expect(await evaluate(VAL)).toMatchObject({ code: 0 });
      expect((await predict(...choices)).stderr).toMatch(/d\.images\.json is there already and is not a list of ids/);
      rmSync(path('d.images.json'));
    },
    PATIENCE,
  );

  test('eval says so where a file of detections is numbered otherwise', async () => {
    // five images of perfect detections, numbered as the first file has it
    const { annotations, ...rest } = reversed;
    const image = rest.images[0]!;
    const images = Array.from({ length: 6 }, (_, i) => ({ ...image, id: i + 1, file_name: `${i}.jpg` }));
    const [a, b] = [rest.categories[0]!, rest.categories[1]!];
    const boxes = images.flatMap(({ id }) => [
      { ...annotations[0]!, id: 2 * id, image_id: id, category_id: a.id, bbox: [0, 0, 20, 20] },
      { ...annotations[0]!, id: 2 * id + 1, image_id: id, category_id: b.id, bbox: [40, 0, 20, 20] },
    ]);
    put('truth.json', { ...rest, images, annotations: boxes });
    const found = boxes.map(({ image_id, bbox, category_id }) => ({
      image_id,
      bbox,
      score: 0.9,
      category_id: category_id === a.id ? b.id : a.id,
    }));
    put('swapped.json', found);
    const { code, stderr } = await runCli(['eval', '--annotations', 'truth.json', '--detections', 'swapped.json'], at);
    expect(code).toBe(0);
    expect(stderr).toMatch(/Are the classes numbered alike in both files\?/);
    put(
      'half.json',
      found.filter(({ image_id, category_id }) => image_id > 2 && category_id === a.id),
    );
    const half = await runCli(['eval', '--annotations', 'truth.json', '--detections', 'half.json'], at);
    expect(half.stderr).toMatch(/Classes with objects but without a detection/);
    expect(half.stderr).toMatch(/2 of 6 images have objects and no detection at all/);
  });
});

test(
  'pictures of any shape, and one that is broken among them',
  async () => {
    mkdirSync(path('shapes'));
    const sizes = {
      portrait: [128, 170],
      column: [1, 300],
      dot: [1, 1],
      panorama: [1200, 40],
      square: [64, 64],
    } as const;
    for (const [name, [width, height]] of Object.entries(sizes))
      await sharp({ create: { width, height, channels: 3, background: '#a06030' } }).toFile(
        path('shapes', `${name}.png`),
      );
    const all = await predict(
      '--images',
      'shapes',
      '--out',
      'shapes.json',
      '--score',
      '0',
      '--draw',
      'shapes-drawn',
      '--json',
    );
    expect({ code: all.code, stderr: all.stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(all.stdout)).toMatchObject({ images: 5, drawn: 5 });
    const before = json<CocoDetection[]>('shapes.json');
    writeFileSync(path('shapes/aaa.jpg'), 'no picture');
    const some = await predict('--images', 'shapes', '--out', 'shapes.json', '--score', '0');
    expect(some.code).toBe(1);
    expect(some.stderr).toMatch(/shapes\/aaa\.jpg.* It is left out\./);
    expect(some.stdout).toContain('1 of 6 images could not be read and are left out');
    expect(
      json<CocoDetection[]>('shapes.json').map(({ image_id, ...d }) => ({ ...d, image_id: image_id - 1 })),
    ).toEqual(before.map(({ image_id, ...d }) => ({ ...d, image_id })));
    // evaluation: the others count, and it is said
    const val = json<Coco>(VAL);
    cpSync(path('scenes/val'), path('val2'), { recursive: true });
    writeFileSync(path('val2', val.images[0]!.file_name), 'no picture');
    const evaluate = ['eval', '--run', 'run', '--annotations', VAL, '--images', 'val2', '--json'];
    const part = await runCli(evaluate, at);
    expect(part.code).toBe(1);
    expect(part.stderr).toContain('1 of 3 images could not be read: the metrics are those of the others.');
    const others = val.images.slice(1);
    put('others.json', {
      ...val,
      images: others,
      annotations: val.annotations.filter((a) => others.some(({ id }) => id === a.image_id)),
    });
    const alone = await runCli(
      ['eval', '--run', 'run', '--annotations', 'others.json', '--images', 'scenes/val', '--json'],
      at,
    );
    const { AP, AR100 } = JSON.parse(alone.stdout) as Record<string, number>;
    expect(JSON.parse(part.stdout)).toMatchObject({ AP, AR100, images: 2 });
  },
  PATIENCE,
);

test(
  'copies of another size than the annotations state are told of',
  async () => {
    const val = json<Coco>(VAL);
    mkdirSync(path('small'));
    for (const [i, { file_name }] of val.images.entries())
      await sharp(path('scenes/val', file_name))
        .resize(i === 0 ? 48 : 96, i === 0 ? 32 : 64)
        .toFile(path('small', file_name));
    const remark =
      /1 of 3 images have another size than .*instances_val\.json states \(.*val_000001\.jpg is 48x32, there 96x64\)/;
    const found = await predict('--images', 'small', '--annotations', VAL, '--out', 'small.json');
    expect(found.code).toBe(0);
    expect(found.stderr).toMatch(remark);
    const own = await runCli(['eval', '--run', 'run', '--annotations', VAL, '--images', 'small', '--json'], at);
    expect(own.stderr).toMatch(remark);
    expect((await runCli(['eval', '--run', 'run', '--json'], at)).stderr).not.toMatch(/another size/);
  },
  PATIENCE,
);

describe('nothing of the user is overwritten', () => {
  const photos = () => readdirSync(path('photos')).map((name) => [name, hash(`photos/${name}`)]);
  beforeEach(() => {
    rmSync(path('photos'), { recursive: true, force: true });
    cpSync(path('scenes/val'), path('photos'), { recursive: true });
  });
  const refused = async (argv: readonly string[], message: RegExp) => {
    const before = photos();
    const result = await predict('--images', 'photos', '--score', '0.9', ...argv);
    expect(result.stderr).toMatch(message);
    expect(result.code).toBe(2);
    expect(photos()).toEqual(before);
  };

  test('photographs, by any way to their folder', async () => {
    await refused(
      ['--out', 'p.json', '--draw', 'photos'],
      /--draw: .*photos.*\.jpg is a file that is read here; it would be overwritten/,
    );
    symlinkSync(path('photos'), path('linked'));
    await refused(
      ['--out', 'p.json', '--draw', 'linked'],
      /--draw: .*linked\/.* is .*photos\/.*, a file that is read here/,
    );
    const [first] = readdirSync(path('photos')) as [string];
    mkdirSync(path('hard'));
    linkSync(path('photos', first), path('hard', first));
    await refused(
      ['--out', 'p.json', '--draw', 'hard'],
      /--draw: .*hard\/.* is .*photos\/.*, a file that is read here/,
    );
    // somebody else's photograph that is not read here
    cpSync(path('photos', first), path('mine.jpg'));
    mkdirSync(path('album'));
    cpSync(path('mine.jpg'), path('album', first));
    await refused(
      ['--out', 'p.json', '--draw', 'album'],
      /--draw: .*album\/.* is there already and is not a picture that sed-cli has drawn/,
    );
  });

  test('a link in the folder of the pictures is replaced, not written through; pictures of an earlier run are drawn anew', async () => {
    const [first, second] = readdirSync(path('photos')) as [string, string];
    mkdirSync(path('drawn'));
    writeFileSync(path('letter.txt'), 'dear');
    symlinkSync(path('nowhere.jpg'), path('drawn', first));
    const argv = ['--images', 'photos', '--score', '0.9', '--out', 'p.json', '--draw', 'drawn'];
    expect(await predict(...argv)).toMatchObject({ code: 0 });
    expect(readdirSync(root)).not.toContain('nowhere.jpg');
    const drawn = hash(`drawn/${second}`);
    expect(await predict(...argv)).toMatchObject({ code: 0 });
    expect(hash(`drawn/${second}`)).toBe(drawn);
    rmSync(path('drawn', first));
    symlinkSync(path('letter.txt'), path('drawn', first));
    await refused(argv.slice(4), /is there already and is not a picture/);
    expect(readFileSync(path('letter.txt'), 'utf8')).toBe('dear');
  });

  test('--out: a folder, the annotations, an image, another JSON', async () => {
    mkdirSync(path('folder'), { recursive: true });
    const annotations = hash(VAL);
    await refused(['--out', 'folder'], /--out: .*folder is a folder; name a file/);
    await refused(['--out', VAL, '--annotations', VAL], /--out: .*instances_val\.json is a file that is read here/);
    await refused(['--out', VAL], /--out: .*instances_val\.json is there already and is not a list of detections/);
    await refused(['--out', 'run/config.json'], /is not a list of detections/);
    const [first] = readdirSync(path('photos')) as [string];
    await refused(['--out', `photos/${first}`], /is a file that is read here/);
    expect(hash(VAL)).toBe(annotations);
    const through = await predict('--images', 'photos', '--out', `photos/${first}/p.json`);
    expect(through).toMatchObject({ code: 1, stdout: '' });
    expect(through.stderr).toMatch(/--out: .* cannot be written to: .*photos\/.*\.jpg is a file/);
    const drawn = await predict('--images', 'photos', '--out', 'p.json', '--draw', `photos/${first}`);
    expect(drawn.stderr).toMatch(/--draw: .* cannot be written to: .*photos\/.*\.jpg is a file/);
    for (const command of [
      ['report', 'run', '--images', '0'],
      ['data', 'browse', '--config', 'run.json'],
    ]) {
      const kept = await runCli([...command, '--out', VAL], at);
      expect(kept.stderr).toMatch(/--out: .*instances_val\.json is there already and is not a page/);
      expect(hash(VAL)).toBe(annotations);
    }
  });
});

test(
  'the score with the best F1 of the evaluation is suggested and can be taken',
  async () => {
    const rows = readFileSync(path('run/metrics.jsonl'), 'utf8').trim().split('\n');
    const evaluations = rows.map(
      (row) => JSON.parse(row) as { kind: string; bestF1: { threshold: number; f1: number } | null },
    );
    const row = evaluations.find(({ kind }) => kind === 'eval')!;
    expect(row).toHaveProperty('bestF1');
    // a run of two iterations finds nothing: what a longer one would say is put into its row
    const known = { threshold: 0.0123, f1: 0.5, precision: 0.5, recall: 0.5, perClass: {} };
    cpSync(path('run'), path('run2'), { recursive: true });
    const changed = evaluations.map((r) => (r.kind === 'eval' ? { ...r, bestF1: known } : r));
    writeFileSync(path('run2/metrics.jsonl'), changed.map((r) => `${JSON.stringify(r)}\n`).join(''));
    const argv = ['predict', '--run', 'run2', '--images', 'scenes/val', '--out', 'best.json'];
    const told = await runCli(argv, at);
    expect(told.stdout).toContain('were best at 0.01 (F1 0.50 at IoU 0.5): --score 0.01, or --score best.');
    const best = await runCli([...argv, '--score', 'best', '--json'], at);
    expect(JSON.parse(best.stdout)).toMatchObject({ score: 0.0123, bestScore: { score: 0.0123, f1: 0.5, step: 2 } });
    expect(json<CocoDetection[]>('best.json').every(({ score }) => score >= 0.0123 - 1e-9)).toBe(true);
    const without = changed.map((r) => (r.kind === 'eval' ? { ...r, bestF1: null } : r));
    writeFileSync(path('run2/metrics.jsonl'), without.map((r) => `${JSON.stringify(r)}\n`).join(''));
    expect((await runCli([...argv, '--score', 'best'], at)).stderr).toMatch(
      /--score best: the metrics of the run have no best score/,
    );
    expect((await runCli([...argv, '--score', 'most'], at)).code).toBe(2);
  },
  PATIENCE,
);
