/** Data of several formats in one run. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCoco, writeCoco, writeVoc, writeYolo, type Dataset } from '@sed/datasets-coco';
import { subset } from '@sed/datasets-coco/split';
import { onEveryBackend } from '@sed/testing';
import { parseConfig } from '../config/parse.ts';
import type { RunConfig } from '../config/schema.ts';
import { objectsOf, openData } from '../data/open.ts';
import { readMetrics } from '../metrics/writer.ts';
import { tinyConfig, writeMadeUpData } from '../testing/made-up.ts';
import { train } from './train.ts';

const folder = mkdtempSync(join(tmpdir(), 'sed-sources-'));
const at = (...parts: string[]) => join(folder, ...parts);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The ids of the made-up train images in three parts, one for each format. */
const PARTS = { coco: [1, 2, 3], voc: [4, 5], yolo: [6, 7, 8] };

beforeAll(async () => {
  writeMadeUpData(folder, { train: 8, val: 3 });
  const all = await loadCoco({ annotations: at('train.json'), images: at('images') });
  // VOC calls red otherwise, and has a class and a difficult object that are not learnt.
  const voc = subset(all, PARTS.voc);
  const extra: Dataset = {
    ...voc,
    categories: [
      { id: 1, name: 'rouge' },
      { id: 2, name: 'blue' },
      { id: 3, name: 'fish' },
    ],
    images: voc.images.map((image) => ({
      ...image,
      annotations: [
        ...image.annotations,
        { id: 90, bbox: [1, 1, 9, 9], category: 2, area: 81, crowd: false },
        { id: 91, bbox: [1, 1, 30, 30], category: 1, area: 900, crowd: false, difficult: true },
      ],
    })),
  };
  await writeCoco(subset(all, PARTS.coco), at('part.json'));
  await writeVoc(extra, at('voc'));
  await writeYolo(subset(all, PARTS.yolo), at('yolo'));
  const val = await loadCoco({ annotations: at('val.json'), images: at('images') });
  await writeYolo(val, at('yolo'), { set: 'val' });
});

const RUN = {
  iterations: 4,
  method: { kind: 'sed', burnIn: 2, classificationWeight: 0.1, regression: 'objectness' },
  schedule: { kind: 'step', milestones: [3] },
  evaluation: { every: 0 },
  checkpoints: { every: 0 },
  telemetry: { every: 1, pseudoLabels: { every: 4, images: 2 } },
};
const plain = (changes: Record<string, unknown> = {}): RunConfig => tinyConfig(folder, { ...RUN, ...changes });
const CLASSES = { leaveOutClasses: ['fish'], renameClasses: { rouge: 'red' } };
const mixed = (changes: Record<string, unknown> = {}): RunConfig =>
  plain({
    data: {
      labeled: [
        { annotations: at('part.json'), images: at('images') },
        { voc: at('voc'), sets: 'train' },
        { yolo: at('yolo/data.yaml') },
      ],
      split: { percent: 50, fold: 1 },
      unlabeled: 'rest-of-labeled',
      validation: { yolo: at('yolo/data.yaml'), set: 'val' },
      ...CLASSES,
      ...changes,
    },
  });

test('the mixture has the samples of the one file, in its order', async () => {
  const [one, several] = [await openData(plain()), await openData(mixed())];
  expect(several.classes).toEqual(['red', 'blue']);
  const ids = ({ images }: Dataset) => images.map(({ id, width, height }) => ({ id, width, height }));
  for (const part of ['labeled', 'hidden'] as const) expect(ids(several[part]!)).toEqual(ids(one[part]!));
  for (const part of ['labeled', 'hidden', 'validation'] as const) {
    expect(several[part]!.images.map(objectsOf)).toEqual(one[part]!.images.map(objectsOf));
  }
  expect(several.notes.join('\n').replaceAll(folder, '<tmp>')).toContain(
    "<tmp>/voc (train): 1 of its 3 classes are left out with their 2 objects ('fish')",
  );
});

test('images alone beside labeled ones, as unlabeled data: hidden labels of those that have some', async () => {
  const unlabeled = [{ images: [at('images/val-*.png')] }, { voc: at('voc'), sets: ['train'] }];
  const data = await openData(mixed({ unlabeled, validation: { annotations: at('val.json'), images: at('images') } }));
  expect(data.unlabeled!.images.map(({ annotations }) => annotations.length)).toEqual([0, 0, 0, 0, 0]);
  expect(data.hidden!.images.map(({ fileName }) => fileName)).toEqual(['train-3.png', 'train-4.png']);
  expect(data.hidden!.images.every(({ annotations }) => annotations.length === 3)).toBe(true);
});

test('classes that do not agree are told by part and source, with what they may be', async () => {
  const messageOf = (config: RunConfig) =>
    openData(config).then(
      () => 'nothing was thrown',
      (error: Error) => error.message.replaceAll(folder, '<tmp>'),
    );
  expect(await messageOf(mixed({ renameClasses: undefined }))).toContain(
    '"data.labeled": The sources do not name the same classes; compared with <tmp>/part.json:\n  only in <tmp>/voc (train): \'rouge\'',
  );
  const named = await messageOf(mixed({ classes: ['blue', 'Red'], renameClasses: undefined }));
  expect(named).toContain("<tmp>/part.json: not among the classes: 'red'\n    spelled differently: 'red' may be 'Red'");
  const unlabeled = { voc: at('voc'), sets: 'train' };
  expect(
    await messageOf(plain({ data: { ...mixed().data, labeled: plain().data.labeled, unlabeled, renameClasses: {} } })),
  ).toMatch(
    /^"data.unlabeled": The classes of the sources are not those of data.labeled:[^]*not among the classes: 'rouge'[^]*images without annotations need no classes$/,
  );
  const other = await openData(mixed({ classes: ['blue', 'red'] }));
  expect(other.classes).toEqual(['blue', 'red']);
  expect(other.validation.categories.map(({ name }) => name)).toEqual(['blue', 'red']);
});

describe('the config', () => {
  const problemsOf = (data: unknown): readonly string[] => {
    try {
      parseConfig({ data, method: { kind: 'supervised' } }, { folder: '/recipe' });
    } catch (error) {
      return (error as { problems: readonly string[] }).problems;
    }
    throw new Error('nothing was thrown');
  };
  const coco = { annotations: 'a.json', images: 'images' };

  test('paths of every kind of source are relative to the config', () => {
    const { data } = parseConfig(
      {
        data: {
          root: 'sets',
          labeled: [coco, { voc: 'VOCdevkit', sets: ['VOC2007/trainval'] }],
          unlabeled: [{ images: ['p/*.jpg', '/q'] }, { yolo: 'd/data.yaml', set: 'test' }],
          validation: { voc: 'v', sets: 'val' },
        },
        method: { kind: 'supervised' },
      },
      { folder: '/recipe' },
    );
    expect(data).toMatchObject({
      labeled: [
        { annotations: '/recipe/sets/a.json', images: '/recipe/sets/images' },
        { voc: '/recipe/sets/VOCdevkit', sets: ['VOC2007/trainval'] },
      ],
      unlabeled: [{ images: ['/recipe/sets/p/*.jpg', '/q'] }, { yolo: '/recipe/sets/d/data.yaml', set: 'test' }],
      validation: { voc: '/recipe/sets/v', sets: 'val' },
      onFault: 'stop',
    });
  });

  test('what is wrong is said of the source that was meant', () => {
    expect(problemsOf({ labeled: { voc: 'v', sets: 3 }, validation: coco })).toEqual([
      expect.stringMatching(/^"data.labeled.sets" is 3; it must be/),
    ]);
    expect(problemsOf({ labeled: { images: 'x' }, validation: coco })).toEqual([
      '"data.labeled.annotations" is missing',
    ]);
    expect(problemsOf({ labeled: [coco, { voc: 'v', set: 'train' }], validation: coco })).toEqual([
      expect.stringMatching(/^"data.labeled.1.set" is not a setting .*did you mean "sets"\?$/),
    ]);
    expect(problemsOf({ labeled: { yolo: 'y', set: 'trian' }, validation: coco })).toEqual([
      expect.stringMatching(/^"data.labeled.set" is "trian"; it must be one of .*did you mean "train"\?$/),
    ]);
    expect(problemsOf({ labeled: [], validation: 3 })).toEqual([
      expect.stringMatching(/^"data.labeled" is \[\]; it must NOT have fewer than 1 items$/),
      expect.stringMatching(/^"data.validation" is 3; it must be an object or array$/),
    ]);
    expect(
      problemsOf({ labeled: coco, validation: coco, classes: ['a', 'a'], leaveOutClasses: 'other', onFault: 'ignore' }),
    ).toEqual([
      expect.stringMatching(/^"data.classes" is \["a","a"\]; it must NOT have duplicate items/),
      expect.stringMatching(/^"data.leaveOutClasses" is "other"; it must be one of "others"/),
      expect.stringMatching(/^"data.onFault" is "ignore"; it must be one of "stop", "skip"/),
    ]);
  });
});

onEveryBackend(
  'a run on COCO, VOC and YOLO together',
  () => {
    test('gives the weights of the run on the one file, byte for byte', async () => {
      const weights = async (config: RunConfig, name: string) => {
        const out = at(name);
        await train(config, { out });
        const rows = readMetrics(join(out, 'metrics.jsonl'));
        expect(rows.filter((row) => row.kind === 'pseudo')).toHaveLength(1);
        return ['student', 'teacher'].map((model) =>
          readFileSync(join(out, `checkpoints/step-4/${model}.safetensors`)).toString('base64'),
        );
      };
      expect(await weights(mixed(), 'several')).toEqual(await weights(plain(), 'one'));
    }, 240_000);
  },
  ['tensorflow'],
);
