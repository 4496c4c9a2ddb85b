import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCoco } from '../coco/load-coco.ts';
import type { CocoDetection, CocoMetrics, Dataset } from '../types.ts';
import { COCO_IOU_THRESHOLDS, evaluateCoco } from './evaluate-coco.ts';
import { evaluateFiles } from './evaluate-files.ts';
import { recallPrecisionAt } from './recall-precision-at.ts';

interface Case {
  name: string;
  imageIds: number[];
  categoryIds: number[];
  firstId: number;
  truth: number[][];
  detections: number[][];
  params: { iouThresholds?: number[]; maxDets?: number[]; areas?: Record<string, [number, number]> };
  stats?: number[];
  precision: number[];
  precisionAt: number[];
  recall: number[];
  quality: [number, number, number, number][];
}

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const read = <T>(path: string) => JSON.parse(readFileSync(path, 'utf8')) as T;
const METRICS = 'AP AP50 AP75 APs APm APl AR1 AR10 AR100 ARs ARm ARl'.split(' ') as (keyof CocoMetrics)[];
// SED_COCO_EVAL_CASES names a larger file, made with tools/golden/coco_eval.py --random.
const cases = read<Case[]>(process.env['SED_COCO_EVAL_CASES'] ?? fixture('coco-eval.json'));

const box = (row: number[], at: number) => row.slice(at, at + 4) as unknown as CocoDetection['bbox'];

const toDetections = (rows: number[][]): CocoDetection[] =>
  rows.map((row) => ({
    image_id: row[0] as number,
    category_id: row[1] as number,
    bbox: box(row, 2),
    score: row[6] as number,
  }));

function toDataset({ imageIds, categoryIds, truth, firstId }: Case): Dataset {
  const ids = [...categoryIds].sort((a, b) => a - b);
  const annotations = truth.map((row, i) => ({
    image: row[0] as number,
    annotation: {
      id: i + firstId,
      bbox: box(row, 2),
      category: ids.indexOf(row[1] as number),
      area: row[6] as number,
      crowd: row[7] === 1,
    },
  }));
  return {
    source: 'case',
    categories: ids.map((id) => ({ id, name: `class ${id}` })),
    // Not in id order, on purpose: the metrics must not depend on it.
    images: imageIds.map((id) => ({
      id,
      path: `/${id}.jpg`,
      fileName: `${id}.jpg`,
      annotations: annotations.filter(({ image }) => image === id).map(({ annotation }) => annotation),
    })),
  };
}

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  expect(a.length).toBe(b.length);
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs((a[i] as number) - (b[i] as number)));
  return largest;
};

/** Means over the recalls and values at every 20th one, as the golden file has them. */
function reduce(precision: Float64Array, T: number, R: number, KA: number) {
  const means: number[] = [];
  for (let t = 0; t < T; t++) {
    for (let ka = 0; ka < KA; ka++) {
      let sum = 0;
      for (let r = 0; r < R; r++) sum += precision[(t * R + r) * KA + ka] as number;
      means.push(sum / R);
    }
  }
  const some: number[] = [];
  for (let r = 0; r < R; r += 20) for (let ka = 0; ka < KA; ka++) some.push(precision[r * KA + ka] as number);
  return { means, some };
}

describe('evaluateCoco equals pycocotools', () => {
  test.each(cases.map((c) => [c.name, c] as const))('%s', (_, c) => {
    const result = evaluateCoco(toDataset(c), toDetections(c.detections), c.params);
    const { iouThresholds, recalls, classes, areas } = result.axes;
    const KA = classes.length * areas.length;
    const { means, some } = reduce(result.precision, iouThresholds.length, recalls.length, KA);
    expect(largestDifference(means, c.precision)).toBeLessThan(1e-8);
    expect(largestDifference(some, c.precisionAt)).toBeLessThan(1e-8);
    expect(largestDifference(result.recall, c.recall)).toBeLessThan(1e-8);
    if (c.stats) {
      expect(
        largestDifference(
          METRICS.map((key) => result.metrics[key]),
          c.stats,
        ),
      ).toBeLessThan(1e-12);
    }
  });

  test('its thresholds are numpy.linspace(.5, .95, 10), to the bit', () => {
    expect(COCO_IOU_THRESHOLDS).toEqual([0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.8999999999999999, 0.95]);
  });
});

describe('recallPrecisionAt equals counts from pycocotools’ matches', () => {
  test.each(cases.map((c) => [c.name, c] as const))('%s', (_, c) => {
    const dataset = toDataset(c);
    const detections = toDetections(c.detections);
    const rows = [
      ...recallPrecisionAt(dataset, detections, { iou: 0.5, scoreThresholds: [0, 0.25, 0.5, 0.75] }),
      ...recallPrecisionAt(dataset, detections, { iou: 0.9, scoreThresholds: [0, 0.5] }),
    ];
    expect(rows.map((row) => [row.threshold, row.truePositives, row.predictions, row.objects])).toEqual(c.quality);
    for (const { precision, recall, truePositives, predictions, objects } of rows) {
      expect(precision).toBe(predictions === 0 ? -1 : truePositives / predictions);
      expect(recall).toBe(objects === 0 ? -1 : truePositives / objects);
    }
  });
});

const cocoOpen = fileURLToPath(new URL('../../../../../shared/data/coco-open/', import.meta.url));
const describeCocoOpen = existsSync(cocoOpen) ? describe : describe.skip;
describeCocoOpen('coco-open val (SKIPPED where ../shared/data/coco-open is absent)', () => {
  const golden = read<{
    stats: number[];
    perClass: number[];
    crowds: { annotations: number; matched: number; detections: number };
    detections: number[][];
  }>(fixture('coco-open-eval.json'));
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sed-eval-'));
    await writeFile(join(folder, 'detections.json'), JSON.stringify(toDetections(golden.detections)));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('evaluateFiles: real crowds, mask areas, sparse category ids', async () => {
    const annotations = join(cocoOpen, 'annotations/instances_val.json');
    const { metrics, perClass } = await evaluateFiles(annotations, join(folder, 'detections.json'));
    expect(
      largestDifference(
        METRICS.map((key) => metrics[key]),
        golden.stats,
      ),
    ).toBeLessThan(1e-12);
    expect(
      largestDifference(
        perClass.map(({ AP }) => AP),
        golden.perClass,
      ),
    ).toBeLessThan(1e-8);
    expect(perClass[0]?.name).toBe('person');
  });

  test('crowds are there and take detections, some more than one, as pycocotools counts them', async () => {
    const annotations = join(cocoOpen, 'annotations/instances_val.json');
    const dataset = await readCoco({ annotations, images: '.', degenerate: 'keep' });
    const all = dataset.images.flatMap((image) => image.annotations);
    expect(all.filter(({ crowd }) => crowd)).toHaveLength(golden.crowds.annotations);
    const detections = toDetections(golden.detections);
    const [at] = recallPrecisionAt(dataset, detections, { iou: 0.5, scoreThresholds: [0] });
    expect(detections.length - at!.predictions).toBe(golden.crowds.detections);
    expect(at!.objects).toBe(all.length - golden.crowds.annotations);
    expect(golden.crowds).toMatchObject({ annotations: 7, matched: 7 });
    expect(golden.crowds.detections).toBeGreaterThan(golden.crowds.matched);
  });
});

describe('evaluateCoco refuses', () => {
  const dataset: Dataset = {
    source: 'a.json',
    categories: [{ id: 7, name: 'cat' }],
    images: [{ id: 3, path: '/3.jpg', fileName: '3.jpg', annotations: [] }],
  };
  const good: CocoDetection = { image_id: 3, category_id: 7, bbox: [0, 0, 1, 1], score: 0.5 };
  test.each<[string, Partial<CocoDetection>, string]>([
    ['an unknown image', { image_id: 4 }, 'detections[1].image_id: 4 is no image id of a.json.'],
    [
      'a class index in place of an id',
      { category_id: 0 },
      "detections[1].category_id: 0 is no category id of a.json (COCO's ids, not indices: 7).",
    ],
    ['a score that is not a number', { score: NaN }, 'detections[1].score: NaN is not a finite number.'],
    ['an endless box', { bbox: [0, 0, Infinity, 1] }, 'detections[1].bbox[2]: Infinity is not a finite number.'],
  ])('%s', (_, change, message) => {
    expect(() => evaluateCoco(dataset, [good, { ...good, ...change }])).toThrow(message);
  });

  test('settings that make no sense', () => {
    expect(() => evaluateCoco(dataset, [], { maxDets: [] })).toThrow('maxDets is []');
    expect(() => evaluateCoco(dataset, [], { iouThresholds: [0.5, 1.5] })).toThrow('iouThresholds is [0.5, 1.5]');
    expect(() => recallPrecisionAt(dataset, [], { iou: 0, scoreThresholds: [] })).toThrow('iou is 0');
  });
});
