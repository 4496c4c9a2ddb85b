import type { Annotation, Dataset } from '@sed/datasets-coco';
import { parseConfig } from '../config/parse.ts';
import { createDetector } from '../run/detector.ts';
import { warningsBefore } from './before.ts';

const NAMES = ['a', 'b'];

/** Images of 400x300, each with one square of each side, of class `category`. */
function dataset(images: number, sides: readonly number[], category = 0, flags: Partial<Annotation> = {}): Dataset {
  return {
    source: 'made up',
    categories: NAMES.map((name, i) => ({ id: i + 1, name })),
    images: Array.from({ length: images }, (_, i) => ({
      id: i + 1,
      path: `/${i}.png`,
      fileName: `${i}.png`,
      width: 400,
      height: 300,
      annotations: sides.map((side, k) => ({
        id: k + 1,
        bbox: [0, 0, side, side] as const,
        category,
        area: side * side,
        crowd: false,
        ...flags,
      })),
    })),
  };
}

const nowhere = { annotations: 'a.json', images: '.' };
const config = (change: object = {}) =>
  parseConfig({
    data: { labeled: nowhere, unlabeled: { images: '.' }, validation: nowhere },
    detector: { backbone: { name: 'efficientnet-lite0' }, weights: 'efficientnet-lite0-imagenet' },
    input: { resize: { kind: 'fit', long: 400, short: 300 } },
    batch: { labeled: 4, unlabeled: 4 },
    method: { kind: 'sed' },
    ...change,
  });

const fine = { labeled: dataset(8, [64, 128]), unlabeled: dataset(8, []), validation: dataset(2, [64]) };
const warn = (change: object = {}, data: object = {}) => {
  const settings = config(change);
  return warningsBefore(settings, createDetector(settings, NAMES.length), { ...fine, ...data });
};
const codes = (...given: Parameters<typeof warn>) => warn(...given).map(({ code }) => code);

test('nothing is said of a run that fits its data', () => {
  expect(codes()).toEqual([]);
});

test('a learning rate of a large batch on a small one', () => {
  const [warning, ...others] = warn({ batch: { labeled: 1, unlabeled: 4 } });
  expect(others).toEqual([]);
  expect(warning).toMatchObject({
    code: 'learning-rate',
    message: expect.stringMatching(/16 times the paper's.*0\.00063/) as string,
  });
});

test('a batch larger than the data', () => {
  const [warning] = warn({ batch: { labeled: 32, unlabeled: 4 } });
  expect(warning!.code).toBe('batch-above-labeled');
  expect(warning!.message).toMatch(
    /takes 32 labeled images \("batch.labeled"\) and there are 8: each comes about 4\.0 times/,
  );
  expect(codes({ batch: { labeled: 8, unlabeled: 9 } })).toEqual(['batch-above-unlabeled']);
  expect(codes({ batch: { labeled: 8, unlabeled: 9 } }, { unlabeled: undefined })).toEqual([]);
});

test('layers that are frozen at random weights', () => {
  const random = { backbone: { name: 'resnet50' } };
  const [warning] = warn({ detector: random });
  expect(warning!.code).toBe('frozen-random');
  // the stem, and the first stage's three blocks of three convolutions with one on the shortcut
  expect(warning!.message).toMatch(/^11 layers of the resnet50 are frozen \("detector.backbone.trainableStages" 3\)/);
  expect(codes({ detector: { backbone: { name: 'resnet50', trainableStages: 5, trainableNorm: true } } })).toEqual([]);
  expect(codes({ detector: { ...random, weights: 'r50.pth' } })).toEqual([]);
  expect(codes({ detector: { ...random, checkpoint: 'run.safetensors' } })).toEqual([]);
  expect(codes({ detector: random, initFrom: 'runs/other' })).toEqual([]);
});

describe('objects that anchors do not take', () => {
  // anchors of 32 · … pixels: valid from 22.6 to 512 · 2^(2/3) / √0.5 = 1149
  test('small ones, with a size and with anchors that would', () => {
    const labeled = dataset(8, [11.3, 100, 100, 100, 100]);
    const [warning] = warn({}, { labeled });
    expect(warning!.code).toBe('objects-below-anchors');
    expect(warning!.message).toMatch(/^20 % of the labeled objects are smaller at the test size .* \(23 pixels\)/);
    expect(warning!.message).toMatch(
      /images 2\.0 times as large \("input.resize" with a short side of 608 and a long one of 808/,
    );
    expect(warning!.message).toMatch(/"detector.anchors.side" 2\.0, now 4/); // 4 / 2.002
    // what it advises silences it
    const input = { resize: { kind: 'fit', long: 808, short: 608 } };
    expect(codes({ input }, { labeled })).toEqual([]);
    const { detector } = config();
    expect(codes({ detector: { ...detector, anchors: { ...detector.anchors, side: 1.99 } } }, { labeled })).toEqual([]);
  });

  test('few of them are no matter, nor are crowds', () => {
    expect(codes({}, { labeled: dataset(8, [10, ...Array<number>(19).fill(100)]) })).toEqual([]);
    expect(codes({}, { labeled: dataset(8, [10, 10], 0, { crowd: true }) })).toEqual([]);
  });

  test('a detector without anchors is not asked for them', () => {
    const settings = config();
    const { anchors, ...detector } = settings.detector;
    expect(anchors.side).toBe(4);
    const labeled = dataset(8, [11.3, 574]);
    const other = { ...settings, detector } as typeof settings;
    const found = warningsBefore(other, createDetector(settings, NAMES.length), { ...fine, labeled });
    expect(found.map(({ code }) => code)).toEqual([]);
  });

  test('large ones', () => {
    const { detector } = config();
    const small = { ...detector, anchors: { ...detector.anchors, side: 1 } }; // up to 287 pixels
    const [warning] = warn({ detector: small }, { labeled: dataset(8, [64, 574]) });
    expect(warning!.code).toBe('objects-above-anchors');
    expect(warning!.message).toMatch(/^50 % of the labeled objects are larger .*"detector.anchors.side" 2\.0, now 1/);
  });
});

test('validation that measures nothing, or not every class', () => {
  expect(codes({}, { validation: dataset(3, []) })).toEqual(['validation-measures-nothing']);
  expect(codes({}, { validation: dataset(3, [50], 0, { crowd: true }) })).toEqual(['validation-measures-nothing']);
  const [warning] = warn({}, { validation: dataset(3, [50], 1) });
  expect(warning!.code).toBe('validation-lacks-classes');
  expect(warning!.message).toMatch(/^1 of the classes that are learnt have no object in the validation images \(a\)/);
});
