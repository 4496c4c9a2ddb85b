import { randomStream } from '../synth/random.ts';
import type { CocoDetection, Dataset } from '../types.ts';
import { bestF1 } from './best-f1.ts';
import { recallPrecisionAt } from './recall-precision-at.ts';

const box = (id: number, category: number, bbox: readonly [number, number, number, number], crowd = false) => ({
  id,
  category,
  bbox,
  area: bbox[2] * bbox[3],
  crowd,
});
const image = (id: number, annotations: Dataset['images'][number]['annotations']) => ({
  id,
  path: `/${id}.png`,
  fileName: `${id}.png`,
  annotations,
});
const categories = [
  { id: 7, name: 'a' },
  { id: 9, name: 'b' },
  { id: 11, name: 'absent' },
];
const found = (
  image_id: number,
  category_id: number,
  bbox: readonly [number, number, number, number],
  score: number,
): CocoDetection => ({ image_id, category_id, bbox, score });

test('by hand: ties are taken together, crowds count for nothing', () => {
  const dataset: Dataset = {
    source: 'made up',
    categories,
    images: [
      image(1, [box(1, 0, [0, 0, 10, 10]), box(2, 0, [50, 0, 10, 10]), box(3, 1, [0, 50, 10, 10], true)]),
      image(2, [box(4, 1, [0, 0, 10, 10])]),
    ],
  };
  const detections = [
    found(1, 7, [0, 0, 10, 10], 0.9), // right
    found(1, 9, [0, 50, 10, 10], 0.8), // on a crowd
    found(2, 9, [0, 0, 10, 10], 0.6), // right
    found(2, 9, [70, 0, 10, 10], 0.6), // wrong, of the same score
    found(1, 7, [90, 0, 10, 10], 0.5), // wrong
    found(1, 7, [50, 0, 10, 10], 0.4), // right
  ];
  const { all, perClass } = bestF1(dataset, detections);
  // at 0.9: 2 · 1 / (1 + 3); at 0.6: 2 · 2 / (3 + 3); at 0.5: 4 / 7; at 0.4: 6 / 8
  expect(all).toEqual({ threshold: 0.4, f1: 0.75, precision: 3 / 5, recall: 1 });
  // a: 2 / 3, 2 / 4, 4 / 5; b: 2 / 3 with both of 0.6
  expect(perClass).toEqual([
    { name: 'a', threshold: 0.4, f1: 0.8, precision: 2 / 3, recall: 1 },
    { name: 'b', threshold: 0.6, f1: 2 / 3, precision: 1 / 2, recall: 1 },
    undefined,
  ]);
});

test('nothing right: no threshold', () => {
  const dataset: Dataset = { source: 'made up', categories, images: [image(1, [box(1, 0, [0, 0, 10, 10])])] };
  expect(bestF1(dataset, [])).toEqual({ all: undefined, perClass: [undefined, undefined, undefined] });
  expect(bestF1(dataset, [found(1, 7, [50, 50, 10, 10], 1)]).all).toBeUndefined();
  expect(() => bestF1(dataset, [], { iou: 0 })).toThrow(/iou is 0/);
});

describe('against trying every score', () => {
  test.each([1, 2, 3, 4])('made-up detections %i', (seed) => {
    const random = randomStream(seed, 'best-f1');
    const draw = (n: number) => Math.floor(random() * n);
    const place = (): [number, number, number, number] => [draw(60), draw(60), 10 + draw(15), 10 + draw(15)];
    const images = Array.from({ length: 6 }, (_, i) =>
      image(
        i + 1,
        Array.from({ length: draw(6) }, (__, k) => box(10 * i + k + 1, draw(2), place(), random() < 0.1)),
      ),
    );
    const dataset: Dataset = { source: 'made up', categories, images };
    const detections = images.flatMap(({ id, annotations }) => [
      // near objects, mostly of their class, and anywhere; scores with two digits, so that some are equal
      ...annotations.flatMap(({ bbox: [x, y, w, h], category }) =>
        Array.from({ length: 1 + draw(2) }, () =>
          found(
            id,
            categories[random() < 0.8 ? category : 1 - category]!.id,
            [x + draw(6), y + draw(6), w, h],
            0.2 + draw(80) / 100,
          ),
        ),
      ),
      ...Array.from({ length: 5 }, () => found(id, categories[draw(2)]!.id, place(), draw(70) / 100)),
    ]);
    const scores = [...new Set(detections.map(({ score }) => score))].sort((a, b) => b - a);
    const best = (of: readonly CocoDetection[], truth: Dataset) => {
      let top: { threshold: number; f1: number } | undefined;
      for (const threshold of scores) {
        const [at] = recallPrecisionAt(truth, of, { iou: 0.5, scoreThresholds: [threshold] });
        const { precision, recall } = at!;
        const f1 = precision > 0 && recall > 0 ? (2 * precision * recall) / (precision + recall) : 0;
        if (f1 > (top?.f1 ?? 0) + 1e-12) top = { threshold, f1 };
      }
      return top && { threshold: top.threshold, f1: expect.closeTo(top.f1, 12) as number };
    };
    const result = bestF1(dataset, detections);
    expect(result.all).toMatchObject(best(detections, dataset)!);
    categories.slice(0, 2).forEach(({ id }, k) => {
      const own = images.map((i) => ({ ...i, annotations: i.annotations.filter((a) => a.category === k) }));
      expect(result.perClass[k]).toMatchObject(
        best(
          detections.filter((d) => d.category_id === id),
          { ...dataset, images: own },
        )!,
      );
    });
  });
});
