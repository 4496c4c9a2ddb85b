import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CocoDetection, Dataset } from '../types.ts';
import { evaluateVoc, type VocProtocol } from './evaluate-voc.ts';

interface Case {
  name: string;
  imageIds: number[];
  classes: number;
  /** image, class, xmin, ymin, xmax, ymax, difficult. */
  truth: number[][];
  /** image, class, xmin, ymin, xmax, ymax, score. */
  detections: number[][];
  ap: Record<string, (number | null)[]>;
}

// SED_VOC_EVAL_CASES names a larger file, made with tools/golden/voc_eval.py --random.
const file = process.env['SED_VOC_EVAL_CASES'] ?? fileURLToPath(new URL('../fixtures/voc-eval.json', import.meta.url));
const cases = JSON.parse(readFileSync(file, 'utf8')) as Case[];

const corners = ([, , x1, y1, x2, y2]: number[], pixel: number): CocoDetection['bbox'] => [
  x1! - 1,
  y1! - 1,
  x2! - x1! + pixel,
  y2! - y1! + pixel,
];

function toInputs(c: Case, pixel = 1): [Dataset, CocoDetection[]] {
  const images = c.imageIds.map((id) => ({
    id,
    path: `/${id}.jpg`,
    fileName: `${id}.jpg`,
    annotations: c.truth
      .filter((row) => row[0] === id)
      .map((row, i) => {
        const bbox = corners(row, pixel);
        return { id: i + 1, bbox, category: row[1]!, area: bbox[2] * bbox[3], crowd: false, difficult: row[6] === 1 };
      }),
  }));
  const categories = Array.from({ length: c.classes }, (_, i) => ({ id: i + 1, name: `c${i}` }));
  const detections = c.detections.map((row) => ({
    image_id: row[0]!,
    category_id: row[1]! + 1,
    bbox: corners(row, pixel),
    score: row[6]!,
  }));
  return [{ source: c.name, categories, images }, detections];
}

describe('evaluateVoc equals chainercv and py-faster-rcnn’s port of the devkit', () => {
  const rows = cases.flatMap((c) => Object.entries(c.ap).map(([setting, ap]) => [c.name, setting, c, ap] as const));
  test.each(rows)('%s, %s', (_, setting, c, ap) => {
    const [protocol, iou] = setting.split('@') as [VocProtocol, string];
    for (const extraPixel of [false, true]) {
      const [dataset, detections] = toInputs(c, extraPixel ? 0 : 1);
      const result = evaluateVoc(dataset, detections, { protocol, iou: Number(iou), extraPixel });
      result.perClass.forEach(({ AP }, k) => expect(AP).toBeCloseTo(ap[k] ?? -1, 12));
      const scored = ap.filter((value) => value !== null);
      const mean = scored.length === 0 ? -1 : scored.reduce((a, b) => a + b, 0) / scored.length;
      expect(result.mAP).toBeCloseTo(mean, 12);
      expect(result.perClass.map(({ objects, ignored }) => objects + ignored)).toEqual(
        result.perClass.map((_, k) => c.truth.filter((row) => row[1] === k).length),
      );
    }
  });
});

const object = (bbox: CocoDetection['bbox'], more = {}) => ({
  id: 1,
  bbox,
  category: 0,
  area: 1,
  crowd: false,
  ...more,
});
const set = (...annotations: ReturnType<typeof object>[]): Dataset => ({
  source: 'a.json',
  categories: [{ id: 7, name: 'cat' }],
  images: [{ id: 3, path: '/3.jpg', fileName: '3.jpg', annotations }],
});
const at = (bbox: CocoDetection['bbox'], score: number) => ({ image_id: 3, category_id: 7, bbox, score });

describe('by hand', () => {
  const box: CocoDetection['bbox'] = [10, 10, 20, 20];
  const both = (dataset: Dataset, detections: CocoDetection[]) =>
    (['voc07', 'voc10'] as const).map((protocol) => evaluateVoc(dataset, detections, { protocol }).mAP);

  test('a double is wrong; on a difficult object or a crowd it is neither right nor wrong', () => {
    const other: CocoDetection['bbox'] = [100, 100, 20, 20];
    const found = [at(box, 0.9), at(box, 0.8), at(other, 0.7)];
    expect(both(set(object(box), object(other)), found)).toEqual([
      expect.closeTo((6 + (5 * 2) / 3) / 11, 12),
      expect.closeTo(0.5 + 0.5 * (2 / 3), 12),
    ]);
    expect(both(set(object(box, { difficult: true }), object(other)), found)).toEqual(
      [1, 1].map((v) => expect.closeTo(v, 12)),
    );
    expect(both(set(object(box, { crowd: true }), object(other)), found)).toEqual(
      [1, 1].map((v) => expect.closeTo(v, 12)),
    );
  });

  test('IoU of exactly one half is right, as in the devkit', () => {
    expect(both(set(object(box)), [at([10, 10, 10, 20], 0.5)])).toEqual([1, 1].map((v) => expect.closeTo(v, 12)));
  });

  test('nothing found is 0, nothing to find is -1', () => {
    expect(both(set(object(box)), [])).toEqual([0, 0]);
    expect(both(set(object(box, { difficult: true })), [at(box, 1)])).toEqual([-1, -1]);
    expect(both(set(), [])).toEqual([-1, -1]);
  });

  test('refuses what makes no sense', () => {
    expect(() => evaluateVoc(set(), [], { protocol: 'voc07', iou: 0 })).toThrow('iou is 0; it must be above 0');
    expect(() => evaluateVoc(set(), [{ ...at(box, 1), image_id: 4 }], { protocol: 'voc07' })).toThrow(
      '4 is no image id',
    );
  });
});
