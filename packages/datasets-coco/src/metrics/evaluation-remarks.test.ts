import type { CocoDetection, Dataset } from '../types.ts';
import { evaluationRemarks } from './evaluation-remarks.ts';

const N = 12;
const categories = ['ball', 'bird', 'cup'].map((name, i) => ({ id: i + 1, name }));
const at = (k: number): [number, number, number, number] => [40 * k, 0, 30, 30];
/** Each image has an object of each of the classes, side by side. */
const dataset = (classes: readonly number[]): Dataset => ({
  source: 'val.json',
  categories,
  images: Array.from({ length: N }, (_, i) => ({
    id: i + 1,
    path: `/${i}.png`,
    fileName: `${i}.png`,
    annotations: classes.map((category) => ({
      id: 10 * i + category + 1,
      category,
      bbox: at(category),
      area: 900,
      crowd: false,
    })),
  })),
});
/** Boxes of the objects of class `place`, called `id`. */
const detections = (pairs: readonly (readonly [place: number, id: number])[], images = N): CocoDetection[] =>
  Array.from({ length: images }, (_, i) =>
    pairs.map(([place, id]) => ({ image_id: i + 1, category_id: id, bbox: at(place), score: 0.9 })),
  ).flat();

test('nothing is said of detections that are as one expects', () => {
  expect(
    evaluationRemarks(
      dataset([0, 1, 2]),
      detections([
        [0, 1],
        [1, 2],
        [2, 3],
      ]),
    ),
  ).toEqual([]);
});

test('classes that are numbered otherwise', () => {
  const [remark, ...others] = evaluationRemarks(
    dataset([0, 1, 2]),
    detections([
      [0, 2],
      [1, 1],
      [2, 3],
    ]),
  );
  expect(others).toEqual([]);
  expect(remark).toBe(
    "Are the classes numbered alike in both files? Of the detections 12 of 'ball' lie on objects of 'bird', 0 on objects of their own class; " +
      "12 of 'bird' lie on objects of 'ball', 0 on objects of their own class.",
  );
  // a few confusions are what detectors do
  expect(
    evaluationRemarks(dataset([0, 1, 2]), [
      ...detections([
        [0, 1],
        [1, 2],
        [2, 3],
      ]),
      ...detections([[0, 2]], 2),
    ]),
  ).toEqual([]);
});

test('a class that is never found, one without objects, images without detections', () => {
  expect(
    evaluationRemarks(
      dataset([0, 1]),
      detections(
        [
          [0, 1],
          [2, 3],
        ],
        10,
      ),
    ),
  ).toEqual([
    "Classes with objects but without a detection ('bird'): their AP is 0, and 12 objects are missed.",
    "Classes without an object in val.json ('cup'): their 10 detections count nowhere, and AP is the mean of the other classes.",
    "2 of 12 images have objects and no detection at all ('10.png', '11.png'): their 4 objects are missed.",
  ]);
});

test('no detections, no objects', () => {
  expect(evaluationRemarks(dataset([0]), [])).toEqual([
    'There are no detections: all 12 objects of val.json are missed.',
  ]);
  expect(evaluationRemarks(dataset([]), detections([[0, 1]]))).toEqual([
    'val.json has no object: the metrics are undefined.',
  ]);
});
