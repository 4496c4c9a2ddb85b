/** Counts by class and by part of the images; the totals are checked against pycocotools in evaluate-coco.test.ts. */
import type { CocoDetection, Dataset } from '../types.ts';
import { recallPrecisionAt, recallPrecisionCounts, recallPrecisionOf } from './recall-precision-at.ts';

const box = (id: number, category: number, x: number, crowd = false) => ({
  id,
  category,
  bbox: [x, 0, 10, 10] as const,
  area: 100,
  crowd,
});
const image = (id: number, annotations: Dataset['images'][number]['annotations']) => ({
  id,
  path: `/${id}.png`,
  fileName: `${id}.png`,
  annotations,
});
const dataset: Dataset = {
  source: 'made up',
  categories: [
    { id: 7, name: 'a' },
    { id: 9, name: 'b' },
    { id: 11, name: 'absent' },
  ],
  images: [
    image(1, [box(1, 0, 0), box(2, 0, 20), box(3, 1, 40)]),
    image(2, [box(4, 1, 0), box(5, 1, 30, true)]),
    image(3, []),
  ],
};
const found = (image_id: number, category_id: number, x: number, score: number): CocoDetection => ({
  image_id,
  category_id,
  bbox: [x, 0, 10, 10],
  score,
});
const detections = [
  found(1, 7, 0, 0.9), // right
  found(1, 7, 0, 0.8), // the same object twice
  found(1, 7, 22, 0.3), // IoU 8 / 12
  found(1, 9, 0, 0.7), // another class
  found(2, 9, 30, 0.95), // a crowd: neither
  found(2, 9, 0, 0.5), // right
  found(3, 9, 0, 0.4), // nothing there
];
const at = { iou: 0.5, scoreThresholds: [0.2, 0.5, 0.85] };

test('counts by class, by hand', () => {
  expect(recallPrecisionCounts(dataset, detections, at)).toEqual([
    { objects: 2, predictions: [3, 2, 1], truePositives: [2, 1, 1] },
    { objects: 2, predictions: [3, 2, 0], truePositives: [1, 1, 0] },
    { objects: 0, predictions: [0, 0, 0], truePositives: [0, 0, 0] },
  ]);
  const tight = recallPrecisionCounts(dataset, detections, { ...at, iou: 0.9 });
  expect(tight[0]!.truePositives).toEqual([1, 1, 1]);
});

test('counts of parts add up to those of the whole', () => {
  const parts = dataset.images.map(({ id }, i) =>
    recallPrecisionCounts(
      { ...dataset, images: [dataset.images[i]!] },
      detections.filter((d) => d.image_id === id),
      at,
    ),
  );
  const sum = (pick: (counts: (typeof parts)[number][number]) => number) =>
    parts.flat().reduce((total, counts) => total + pick(counts), 0);
  const joined = at.scoreThresholds.map((threshold, s) =>
    recallPrecisionOf(threshold, {
      objects: sum((c) => c.objects),
      predictions: sum((c) => c.predictions[s]!),
      truePositives: sum((c) => c.truePositives[s]!),
    }),
  );
  expect(joined).toEqual(recallPrecisionAt(dataset, detections, at));
  expect(joined[1]).toEqual({
    threshold: 0.5,
    precision: 0.5,
    recall: 0.5,
    truePositives: 2,
    predictions: 4,
    objects: 4,
  });
  expect(recallPrecisionOf(0.5, { objects: 0, predictions: 0, truePositives: 0 })).toMatchObject({
    precision: -1,
    recall: -1,
  });
});
