import type { Dataset } from '../types.ts';
import { instanceSizes, instancesOf, PAPER_TEST_SIZE, resizeFactors, type TestSize } from './instances.ts';
import { bestAnchors, fpnLevels, type AnchorGrid } from './levels.ts';
import { countBelow, SIZE_EDGES, sizeDistribution, type Distribution } from './size-distribution.ts';
import { PAPER_RATES, PAPER_VALID_RANGE, validRangeShare, type RateShare, type SizeRange } from './valid-range.ts';

export interface StatsOptions {
  /** The size at which images are tested. Default the paper's, short edge 800 within 1333. */
  readonly testSize?: TestSize;
  /** What the anchors can take for foreground, in pixels. Default the paper's 22.6 to 724.1. */
  readonly validRange?: SizeRange;
  readonly rates?: readonly number[];
  /** With anchors the levels of the best ones are counted. */
  readonly anchors?: AnchorGrid;
}

/** Instances by pyramid level. */
export interface LevelShare {
  readonly level: number;
  readonly count: number;
  readonly share: number;
}

/** One class, at the test size. */
export interface ClassStats {
  readonly name: string;
  readonly instances: number;
  /** Images with at least one instance. */
  readonly images: number;
  readonly share: number;
  readonly size: Distribution;
  /** Shares within the valid range, by rate. */
  readonly inside: readonly number[];
}

/** The numbers of a data set. Sizes are √(w·h) in pixels; shares are 0..1, of the instances unless said. */
export interface DatasetStats {
  readonly images: {
    readonly count: number;
    /** Images without an instance that is counted. */
    readonly empty: number;
    readonly width: Distribution;
    readonly height: Distribution;
    /** The most frequent sizes in pixels, at most ten. */
    readonly common: readonly { readonly width: number; readonly height: number; readonly count: number }[];
  };
  /** Counted everywhere: neither crowds nor difficult ones. */
  readonly instances: number;
  /** Left out, and their share of all boxes. */
  readonly crowds: { readonly count: number; readonly share: number };
  readonly difficult: { readonly count: number; readonly share: number };
  readonly testSize: TestSize;
  readonly size: { readonly original: Distribution; readonly test: Distribution };
  /** At the test size. */
  readonly validRange: { readonly range: SizeRange; readonly rates: readonly RateShare[] };
  readonly levels: {
    /** By FPN's rule, at the test size. */
    readonly fpn: readonly LevelShare[];
    /** By the anchor of the greatest IoU, at the test size. */
    readonly anchors?: {
      readonly levels: readonly LevelShare[];
      /** Share of instances whose best anchor has an IoU of at least 0.5. */
      readonly covered: number;
      readonly meanIou: number;
    };
  };
  /** Shares by COCO's areas in the image file: below 32², below 96², the rest. */
  readonly cocoAreas: { readonly small: number; readonly medium: number; readonly large: number };
  /** Width over height, on a logarithmic axis: the histogram's edges are log2. */
  readonly aspectRatio: Distribution;
  readonly boxesPerImage: Distribution;
  /** In the order of the data set's categories. */
  readonly classes: readonly ClassStats[];
}

/** Edges of log2(width / height): 1:16 to 16:1 in quarters of an octave. */
const ASPECT_EDGES = Array.from({ length: 33 }, (_, i) => -4 + i / 4);
/** Bins of the number of boxes an image, and of image sides in pixels. */
const COUNT_EDGES = Array.from({ length: 52 }, (_, i) => i);
const SIDE_EDGES = Array.from({ length: 42 }, (_, i) => i * 50);
const COVERED_IOU = 0.5;

/**
 * Statistics of a data set: Fig 2a and Fig 5 of the paper and what else decides whether a detector can find its
 * instances. Crowds and difficult boxes are counted and left out, as training leaves them out. 860,000 boxes take a few
 * seconds.
 *
 * @throws Error for an image whose size is not known
 */
export function datasetStats(
  dataset: Pick<Dataset, 'images' | 'categories'>,
  options: StatsOptions = {},
): DatasetStats {
  const { testSize = PAPER_TEST_SIZE, validRange = PAPER_VALID_RANGE, rates = PAPER_RATES } = options;
  const { images } = dataset;
  const instances = instancesOf(dataset);
  const { count, leftOut, areas } = instances;
  const factors = resizeFactors(images, testSize);
  const sizes = instanceSizes(instances, factors);
  const original = instanceSizes(instances);
  const edges = sizeEdges(original, sizes);
  const perImage = new Int32Array(images.length);
  for (const image of instances.images) perImage[image]!++;
  const all = count + leftOut.crowds + leftOut.difficult;
  const ofAll = (n: number) => ({ count: n, share: share(n, all) });
  const below = (area: number) => areas.reduce((n, a) => n + (a < area ? 1 : 0), 0);
  const [small, notLarge] = [below(32 ** 2), below(96 ** 2)];
  const best = options.anchors && bestAnchors(instances, factors, images, options.anchors);
  return {
    images: {
      count: images.length,
      empty: perImage.reduce((n, boxes) => n + (boxes === 0 ? 1 : 0), 0),
      width: sizeDistribution(
        images.map((image) => image.width!),
        SIDE_EDGES,
      ),
      height: sizeDistribution(
        images.map((image) => image.height!),
        SIDE_EDGES,
      ),
      common: commonSizes(images),
    },
    instances: count,
    crowds: ofAll(leftOut.crowds),
    difficult: ofAll(leftOut.difficult),
    testSize,
    size: { original: sizeDistribution(original, edges), test: sizeDistribution(sizes, edges) },
    validRange: { range: validRange, rates: ratesOf(sizes, validRange, rates) },
    levels: {
      fpn: levelShares(fpnLevels(sizes), [2, 3, 4, 5]),
      ...(best === undefined
        ? {}
        : {
            anchors: {
              levels: levelShares(
                best.levels,
                options.anchors!.levels.map(({ level }) => level),
              ),
              covered: share(
                best.ious.reduce((n, iou) => n + (iou >= COVERED_IOU ? 1 : 0), 0),
                count,
              ),
              meanIou: share(
                best.ious.reduce((sum, iou) => sum + iou, 0),
                count,
              ),
            },
          }),
    },
    cocoAreas: {
      small: share(small, count),
      medium: share(notLarge - small, count),
      large: share(count - notLarge, count),
    },
    aspectRatio: aspectRatios(instances),
    boxesPerImage: sizeDistribution(perImage, COUNT_EDGES),
    classes: classStats(dataset, instances, sizes, edges, { validRange, rates }),
  };
}

/** Ends of the histogram's axis, in pixels: the first below which 99 % of both lie; Fig 2a's own, 1,000, for COCO. */
const AXIS_ENDS = [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000] as const;

/** 50 bins up to a round end. */
function sizeEdges(...sizes: readonly Float64Array[]): readonly number[] {
  const sorted = sizes.map((values) => values.slice().sort());
  const end =
    AXIS_ENDS.find((e) => sorted.every((s) => countBelow(s, e, true) >= 0.99 * s.length)) ?? AXIS_ENDS.at(-1)!;
  const bins = SIZE_EDGES.length - 1;
  return SIZE_EDGES.map((_, i) => (i * end) / bins);
}

/** Of nothing, nothing: JSON has no NaN. */
const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

function ratesOf(sizes: Float64Array, range: SizeRange, rates: readonly number[]): RateShare[] {
  const shares = validRangeShare(sizes, range, rates);
  return sizes.length > 0 ? shares : shares.map(({ rate }) => ({ rate, inside: 0, below: 0, above: 0 }));
}

function levelShares(levels: Int8Array, names: readonly number[]): LevelShare[] {
  const counts = new Map(names.map((level) => [level, 0]));
  for (const level of levels) counts.set(level, (counts.get(level) ?? 0) + 1);
  return [...counts].map(([level, count]) => ({ level, count, share: share(count, levels.length) }));
}

function commonSizes(images: Dataset['images']): { width: number; height: number; count: number }[] {
  const counts = new Map<string, { width: number; height: number; count: number }>();
  for (const { width = 0, height = 0 } of images) {
    const key = `${width}x${height}`;
    const entry = counts.get(key);
    if (entry) entry.count++;
    else counts.set(key, { width, height, count: 1 });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count).slice(0, 10);
}

/** The mean and percentiles are of the logarithm, taken back: 2:1 and 1:2 are equally far from square. */
function aspectRatios({ count, boxes }: { readonly count: number; readonly boxes: Float64Array }): Distribution {
  const logs = Float64Array.from({ length: count }, (_, i) => Math.log2(boxes[4 * i + 2]! / boxes[4 * i + 3]!)).filter(
    Number.isFinite,
  );
  const found = sizeDistribution(logs, ASPECT_EDGES);
  const back = (v: number | null) => (v === null ? null : 2 ** v);
  return {
    ...found,
    mean: back(found.mean),
    min: back(found.min),
    max: back(found.max),
    p10: back(found.p10),
    p25: back(found.p25),
    median: back(found.median),
    p75: back(found.p75),
    p90: back(found.p90),
  };
}

function classStats(
  { categories }: Pick<Dataset, 'categories'>,
  instances: ReturnType<typeof instancesOf>,
  sizes: Float64Array,
  edges: readonly number[],
  { validRange, rates }: Required<Pick<StatsOptions, 'validRange' | 'rates'>>,
): ClassStats[] {
  const counts = new Int32Array(categories.length);
  for (const category of instances.categories) counts[category]!++;
  const bySize = Array.from(counts, (n) => new Float64Array(n));
  const images = categories.map(() => new Set<number>());
  const filled = new Int32Array(categories.length);
  for (let i = 0; i < instances.count; i++) {
    const category = instances.categories[i]!;
    bySize[category]![filled[category]!++] = sizes[i]!;
    images[category]!.add(instances.images[i]!);
  }
  return categories.map(({ name }, k) => ({
    name,
    instances: counts[k]!,
    images: images[k]!.size,
    share: share(counts[k]!, instances.count),
    size: sizeDistribution(bySize[k]!, edges),
    inside: ratesOf(bySize[k]!, validRange, rates).map(({ inside }) => inside),
  }));
}
