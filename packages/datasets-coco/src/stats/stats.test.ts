import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadCoco } from '../coco/load-coco.ts';
import type { Annotation, Dataset } from '../types.ts';
import { datasetStats } from './dataset-stats.ts';
import { instanceSizes, instancesOf, PAPER_TEST_SIZE, resizeFactors } from './instances.ts';
import { bestAnchors, fpnLevels, type AnchorGrid } from './levels.ts';
import { cumulativeShares, sizeDistribution } from './size-distribution.ts';
import { anchorValidRange, PAPER_VALID_RANGE, validRangeShare } from './valid-range.ts';

interface GoldenDistribution {
  mean: number;
  std: number;
  min: number;
  max: number;
  percentiles: number[];
  counts: number[];
}
/** Made by tools/golden/data_stats.py. */
const golden = JSON.parse(
  readFileSync(fileURLToPath(new URL('../fixtures/data-stats.json', import.meta.url)), 'utf8'),
) as {
  images: { width: number; height: number }[];
  boxes: [number, number, number, number][];
  owners: number[];
  factors: number[];
  sizes: number[];
  distribution: GoldenDistribution;
  original: GoldenDistribution;
  valid: { rate: number; inside: number; below: number }[];
  range: number[];
  fpn: number[];
  shapes: [number, number][][];
  levels: number[];
  ious: number[];
  real: Record<string, { count: number; mean: number; std: number; inside: number[] }>;
};

function expectClose(
  actual: readonly number[] | Float64Array,
  expected: readonly number[],
  { relative, absolute = 0 }: { relative: number; absolute?: number },
): void {
  expect(actual).toHaveLength(expected.length);
  const wrong = expected.flatMap((e, i) => {
    const off = Math.abs(actual[i]! - e);
    return off <= absolute + relative * Math.abs(e) ? [] : [{ at: i, found: actual[i], expected: e }];
  });
  expect(wrong).toEqual([]);
}

const annotation = (id: number, bbox: Annotation['bbox'], rest: Partial<Annotation> = {}): Annotation => ({
  id,
  bbox,
  category: 0,
  area: bbox[2] * bbox[3],
  crowd: false,
  ...rest,
});
const dataset: Dataset = {
  source: 'golden',
  categories: [
    { id: 1, name: 'odd' },
    { id: 2, name: 'even' },
  ],
  images: golden.images.map((size, image) => ({
    id: image + 1,
    path: `/${image}.jpg`,
    fileName: `${image}.jpg`,
    ...size,
    annotations: golden.boxes
      .map((bbox, i) => annotation(i + 1, bbox, { category: (i + 1) % 2 === 0 ? 1 : 0 }))
      .filter((_, i) => golden.owners[i] === image),
  })),
};
const instances = instancesOf(dataset);
const factors = resizeFactors(dataset.images, PAPER_TEST_SIZE);
const sizes = instanceSizes(instances, factors);
const grid: AnchorGrid = {
  levels: golden.shapes.map((shapes, i) => ({ level: i + 3, stride: 2 ** (i + 3), shapes })),
  centerOffset: 0,
};

test('sizes at the test size are NumPy’s', () => {
  expectClose(factors, golden.factors, { relative: 1e-12 });
  expectClose(sizes, golden.sizes, { relative: 1e-9, absolute: 1e-9 });
  // 640x480 grows by 5/3, until 1333 stops a long image
  expect(factors[0]).toBeCloseTo(5 / 3, 12);
  expect(factors[2]).toBeCloseTo(1.333, 12);
});

test('mean, σ, percentiles and histogram are NumPy’s', () => {
  for (const [values, expected] of [
    [sizes, golden.distribution],
    [instanceSizes(instances), golden.original],
  ] as const) {
    const found = sizeDistribution(values);
    expectClose(
      [found.mean!, found.std!, found.min!, found.max!, found.p10!, found.p25!, found.median!, found.p75!, found.p90!],
      [expected.mean, expected.std, expected.min, expected.max, ...expected.percentiles],
      { relative: 1e-9 },
    );
    expect(found.histogram.counts).toEqual(expected.counts);
  }
});

test('a histogram keeps its last edge and counts what lies outside', () => {
  const { histogram } = sizeDistribution([-1, 0, 1, 1, 2, 2.5], [0, 1, 2]);
  expect(histogram).toEqual({ edges: [0, 1, 2], counts: [1, 3], below: 1, above: 1 });
  expect(() => sizeDistribution([1], [0, 0])).toThrow(/edges/);
});

test('shares within the valid range by rate are NumPy’s', () => {
  expectClose([...PAPER_VALID_RANGE], golden.range, { relative: 1e-12 });
  const found = validRangeShare(sizes);
  expect(found.map(({ rate }) => rate)).toEqual(golden.valid.map(({ rate }) => rate));
  found.forEach(({ inside, below, above }, i) => {
    expectClose([inside, below], [golden.valid[i]!.inside, golden.valid[i]!.below], { relative: 1e-12 });
    expect(inside + below + above).toBeCloseTo(1, 12);
  });
  // by hand: 22.6 to 724.1 at rate 1, 45.3 to 1448 at rate 2
  expect(validRangeShare([20, 30, 100, 1000], PAPER_VALID_RANGE, [1, 2])).toEqual([
    { rate: 1, inside: 0.5, below: 0.25, above: 0.25 },
    { rate: 2, inside: 0.5, below: 0.5, above: 0 },
  ]);
  expect(() => validRangeShare([1], PAPER_VALID_RANGE, [0])).toThrow(/rate 0/);
});

test('the valid range follows the anchors', () => {
  const [low, high] = anchorValidRange([24, 48, 96], 0.25);
  expect([low, high]).toEqual([12, 192]);
  expect(() => anchorValidRange([])).toThrow(/at least one/);
  expect(() => anchorValidRange([8], 0)).toThrow(/iou is 0/);
});

test('the distribution function counts what is not above a point', () => {
  expect([...cumulativeShares([3, 1, 2, 2], [0, 1, 2, 2.5, 9])]).toEqual([0, 0.25, 0.75, 0.75, 1]);
});

test('levels by FPN’s rule are torchvision’s', () => {
  expect([...fpnLevels(sizes)]).toEqual(golden.fpn);
  expect(new Set(golden.fpn).size).toBe(4);
  expect([...fpnLevels([0, 1, 111.99, 112, 224, 448, 5000])]).toEqual([2, 2, 2, 3, 4, 5, 5]);
});

test('the best anchor is the one that brute force over torchvision’s grids finds', () => {
  const found = bestAnchors(instances, factors, dataset.images, grid);
  expectClose(found.ious, golden.ious, { relative: 1e-6, absolute: 1e-7 });
  expect([...found.levels]).toEqual(golden.levels);
  expect(new Set(golden.levels).size).toBe(5);
});

test('everything of a data set adds up', () => {
  const stats = datasetStats(dataset, { anchors: grid });
  expect(stats.instances).toBe(120);
  expect(stats.size.test.mean).toBeCloseTo(golden.distribution.mean, 9);
  // the axis ends where 99 % of the sizes lie, and the rest is counted
  const { edges, counts, above } = stats.size.test.histogram;
  expect([edges.length, edges.at(-1)]).toEqual([51, golden.sizes.filter((v) => v > 500).length > 1 ? 1000 : 500]);
  expect(counts.reduce((a, b) => a + b, 0) + above).toBe(120);
  expect(stats.levels.fpn.map(({ count }) => count)).toEqual(
    [2, 3, 4, 5].map((level) => golden.fpn.filter((l) => l === level).length),
  );
  expect(stats.levels.anchors!.levels.map(({ count }) => count)).toEqual(
    [3, 4, 5, 6, 7].map((level) => golden.levels.filter((l) => l === level).length),
  );
  expect(stats.levels.anchors!.covered).toBeCloseTo(golden.ious.filter((iou) => iou >= 0.5).length / 120, 12);
  expect(stats.classes.map(({ name, instances: n, images }) => [name, n, images])).toEqual([
    ['odd', 60, 4],
    ['even', 60, 4],
  ]);
  const { small, medium, large } = stats.cocoAreas;
  expect(small + medium + large).toBeCloseTo(1, 12);
  expect(small).toBeCloseTo(golden.boxes.filter(([, , w, h]) => w * h < 1024).length / 120, 12);
  expect(stats.boxesPerImage).toMatchObject({ mean: 30, std: 0 });
  expect(stats.images).toMatchObject({ count: 4, empty: 0 });
  expect(stats.images.common).toHaveLength(4);
});

test('crowds and difficult boxes are counted and left out', () => {
  const image = {
    ...dataset.images[0]!,
    annotations: [
      annotation(1, [0, 0, 100, 25]),
      annotation(2, [0, 0, 9, 9], { crowd: true, difficult: true }),
      annotation(3, [0, 0, 9, 9], { difficult: true }),
    ],
  };
  const stats = datasetStats({ ...dataset, images: [image, { ...image, annotations: [] }] });
  expect(stats.instances).toBe(1);
  expect(stats.crowds).toEqual({ count: 1, share: 1 / 3 });
  expect(stats.difficult).toEqual({ count: 1, share: 1 / 3 });
  expect(stats.images.empty).toBe(1);
  expect(stats.size.original.mean).toBeCloseTo(50, 12);
  expect(stats.aspectRatio.mean).toBeCloseTo(4, 12);
  expect(instancesOf({ images: [image] }, { crowds: true, difficult: true }).count).toBe(3);
});

test('no instances give no numbers, and JSON without NaN', () => {
  const stats = datasetStats({ categories: dataset.categories, images: [{ ...dataset.images[0]!, annotations: [] }] });
  expect(stats.size.test.mean).toBeNull();
  expect(stats.validRange.rates[0]).toEqual({ rate: 1, inside: 0, below: 0, above: 0 });
  const numbers: unknown[] = [];
  JSON.stringify(stats, (_, value: unknown) => (numbers.push(value), value));
  expect(numbers.filter((v) => typeof v === 'number' && !Number.isFinite(v))).toEqual([]);
});

test('an image whose size is not known is named', () => {
  const { width: _, ...unknown } = dataset.images[0]!;
  expect(() => datasetStats({ ...dataset, images: [unknown] })).toThrow(/\/0\.jpg: its size is not known/);
});

const shared = fileURLToPath(new URL('../../../../../shared/data/', import.meta.url));
describe.each([
  ['coco-open/annotations/instances_val.json', 'coco-open/images'],
  ['bccd/annotations/instances_train.json', 'bccd/voc/JPEGImages'],
])('%s (SKIPPED where ../shared/data is absent)', (file, images) => {
  (existsSync(shared) ? test : test.skip)('mean, σ and shares are NumPy’s', async () => {
    const loaded = await loadCoco({ annotations: shared + file, images: shared + images, degenerate: 'keep' });
    const stats = datasetStats(loaded);
    const expected = golden.real[file]!;
    expect(stats.instances).toBe(expected.count);
    expectClose([stats.size.test.mean!, stats.size.test.std!], [expected.mean, expected.std], { relative: 1e-9 });
    expectClose(
      stats.validRange.rates.map(({ inside }) => inside),
      expected.inside,
      { relative: 1e-9 },
    );
  });
});
