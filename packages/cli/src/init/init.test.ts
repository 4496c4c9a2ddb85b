import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '@sed/trainer';
import { runCli } from '../testing/run-cli.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sed-init-'));
  const scenes = ['--splits', 'train=10,val=3', '--unlabeled', 'pool=4', '--width', '96', '--height', '64'];
  expect((await runCli(['synth', '--out', 'scenes', ...scenes], { cwd: root })).code).toBe(0);
  // pictures with their labels in one folder, as many tools leave them
  await cp(join(root, 'scenes/train'), join(root, 'mine'), { recursive: true });
  await cp(join(root, 'scenes/annotations/instances_train.json'), join(root, 'mine/labels.json'));
}, 60_000);
afterAll(() => rm(root, { recursive: true, force: true }));

const init = (...argv: string[]) => runCli(['init', ...argv], { cwd: root });

test('labels without a validation set: a part of them is held out; what was chosen is said', async () => {
  const { code, stdout, stderr } = await init('--labeled', 'mine', '--unlabeled', 'scenes/pool', '--out', 'my.json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^my\.json is written; training takes roughly .* here\.$/m);
  expect(stdout).toMatch(/^ {2}labels +COCO, mine\/labels\.json; \d+ classes \(/m);
  expect(stdout).toMatch(/^ {2}validation +2 of the 10 labeled images, held out by a draw \(20 %, fold 1\)/m);
  expect(stdout).toMatch(/^ {2}method +SED, 8 labeled and 4 unlabeled images$/m);
  expect(stdout).toMatch(/^ {2}size +256x168: 100 % of the objects are above the 17 pixels .* \(84 % at 192\)$/m);
  expect(stdout).toMatch(/^ {2}sed-cli train --config my\.json --out runs\/my$/m);

  const text = await readFile(join(root, 'my.json'), 'utf8');
  const json = JSON.parse(text) as { data: object };
  expect(json.data).toMatchObject({
    labeled: { annotations: 'mine/labels.json', images: 'mine' },
    unlabeled: { images: 'scenes/pool' },
    validation: { percent: 20, fold: 1 },
  });
  expect(text).toMatch(/"mean": \[0\.485, 0\.456, 0\.406\]/);
  expect(loadConfig(join(root, 'my.json'))).toMatchObject({
    iterations: 1200,
    batch: { labeled: 2, unlabeled: 2 },
    input: { canvas: { width: 256, height: 192 } },
    method: { kind: 'sed', burnIn: 400 },
    threads: null,
  });

  const checked = await runCli(['data', 'check', '--config', 'my.json'], { cwd: root });
  expect(checked.stdout).toMatch(/A run starts with this config\. Training takes roughly /);
  expect(checked.code).toBe(0);

  const again = await init('--labeled', 'mine', '--out', 'my.json');
  expect(again.code).toBe(2);
  expect(again.stderr).toMatch(/--out my\.json is there already\. Name another file, or give --force/);
  expect(await readFile(join(root, 'my.json'), 'utf8')).toBe(text);
}, 120_000);

test('other formats, a validation set of its own, no pictures without labels', async () => {
  const source = ['--coco', 'scenes/annotations/instances_train.json', '--images', 'scenes/train'];
  for (const to of ['voc', 'yolo']) {
    expect((await runCli(['convert', ...source, '--to', to, '--out', to, '--as', 'train'], { cwd: root })).code).toBe(
      0,
    );
    const made = await init(
      '--labeled',
      to,
      '--validation',
      'scenes/annotations/instances_val.json',
      '--out',
      `${to}.json`,
      '--json',
    );
    expect({ code: made.code, stderr: made.stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(made.stdout)).toMatchObject({
      method: 'supervised',
      images: { labeled: 10, unlabeled: 0, validation: 3 },
      iterations: 1200,
    });
    const { data, method } = loadConfig(join(root, `${to}.json`));
    expect(method.kind).toBe('supervised');
    expect(data.labeled).toHaveProperty(to);
    expect(data.validation).toMatchObject({ images: join(root, 'scenes/val') });
  }
}, 120_000);

test('with --force an existing file is replaced, paths outside of the folder stay absolute', async () => {
  await writeFile(join(root, 'sub.json'), 'mine');
  await runCli(['init', '--labeled', 'mine', '--out', 'sub.json', '--force'], { cwd: root });
  expect(loadConfig(join(root, 'sub.json')).method.kind).toBe('supervised');
  const deep = await init('--labeled', 'mine', '--out', 'configs/deep.json');
  expect(deep.code).toBe(0);
  const json = JSON.parse(await readFile(join(root, 'configs/deep.json'), 'utf8')) as { data: { labeled: object } };
  expect(json.data.labeled).toMatchObject({ images: join(root, 'mine') });
  // but for the labels themselves
  const labels = await readFile(join(root, 'mine/labels.json'), 'utf8');
  const over = await init('--labeled', 'mine/labels.json', '--out', 'mine/labels.json', '--force');
  expect(over.stderr).toMatch(/--out: .*labels\.json is a file that is read here/);
  expect(await readFile(join(root, 'mine/labels.json'), 'utf8')).toBe(labels);
}, 120_000);

test('nothing is written where a run would not start, or the paths are wrong', async () => {
  await cp(join(root, 'mine'), join(root, 'damaged'), { recursive: true });
  const names = (
    JSON.parse(await readFile(join(root, 'mine/labels.json'), 'utf8')) as { images: { file_name: string }[] }
  ).images;
  await rename(join(root, 'damaged', names[3]!.file_name), join(root, 'damaged', 'gone'));
  const labels = JSON.parse(await readFile(join(root, 'mine/labels.json'), 'utf8')) as {
    images: { id: number }[];
    annotations: { image_id: number }[];
  };
  const [first] = labels.images;
  const annotations = labels.annotations.filter(({ image_id }) => image_id === first!.id);
  await writeFile(join(root, 'mine', 'one.json'), JSON.stringify({ ...labels, images: [first], annotations }));
  for (const [argv, message] of [
    [['--labeled', 'mine/one.json'], /There is 1 labeled image: none can be held out to measure on/],
    [
      ['--labeled', 'damaged'],
      /^sed-cli: "data\.labeled": .*labels\.json: 1 of 10 image files are not there(?!.*"data\.validation")/s,
    ],
    [['--labeled', 'nowhere'], /nowhere does not exist/],
    [['--labeled', 'mine', '--unlabeled', 'nowhere'], /--unlabeled nowhere does not exist/],
  ] as const) {
    const { code, stderr } = await init(...argv, '--out', 'never.json');
    expect(code).not.toBe(0);
    expect(stderr).toMatch(message);
  }
  expect(existsSync(join(root, 'never.json'))).toBe(false);
}, 60_000);
