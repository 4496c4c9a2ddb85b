/** Settings that fit the data and the machine, by simple rules; each with its reason. */
import type { Dataset, ImageRecord } from '@sed/datasets-coco';
import { anchorValidRange, instanceSizes, instancesOf, resizeFactors } from '@sed/datasets-coco/stats';

/** Long edges that a run may see images at, on a CPU and on a GPU: what steps of a second allow. */
const LONG_EDGES = { cpu: [192, 256, 320, 416, 512], gpu: [320, 512, 640, 800, 1024] } as const;
/** From this one on where the images are as large. */
const USUAL = { cpu: 320, gpu: 512 } as const;
/** Images of each kind in a step. */
const BATCH = { cpu: 2, gpu: 8 } as const;
/** Iterations: at least, at most, and how often each labeled image is seen between them. */
const ITERATIONS = {
  cpu: { least: 1200, most: 2400, passes: 12 },
  gpu: { least: 2000, most: 12_000, passes: 40 },
} as const;

/** Anchors of the recipes: sides of 3 strides from 8 pixels on, three an octave. */
const SIDE = 3;
const FINEST_STRIDE = 8;
/** Share of the objects that the anchors should take. */
const MOST = 0.95;
/** Padded sides are multiples of this, for a pyramid of 5 levels that is halved once. */
const MULTIPLE = 64;
const EIGHT = 8;

export interface Chosen {
  readonly batch: number;
  readonly iterations: number;
  /** What views are resized to fit into, pixels. */
  readonly long: number;
  readonly short: number;
  /** One size that holds every view; null where images lie both ways. */
  readonly canvas: { readonly width: number; readonly height: number } | null;
  /** Side of the smallest anchor, in strides. */
  readonly anchorSide: number;
  /** Why the size is what it is. */
  readonly sizeReason: string;
}

/**
 * @param labeled images with sizes
 * @param all of the run with sizes, which a canvas must hold
 */
export function choose(labeled: Pick<Dataset, 'images'>, all: readonly ImageRecord[], machine: 'cpu' | 'gpu'): Chosen {
  const shape = shapeOf(all);
  const batch = BATCH[machine];
  const { least, most, passes } = ITERATIONS[machine];
  const iterations = Math.min(most, Math.max(least, Math.ceil((labeled.images.length * passes) / batch / 100) * 100));
  const first = Math.min(USUAL[machine], shape.longest);
  const edges = LONG_EDGES[machine].filter((edge) => edge >= first);
  const candidates = edges.length > 0 ? edges : LONG_EDGES[machine].slice(-1);
  const shares = candidates.map((long) => shareAbove(labeled, long, shape.ratio, lowest(SIDE)));
  const fits = shares.findIndex((share) => share >= MOST);
  const at = fits < 0 ? candidates.length - 1 : fits;
  const long = candidates[at]!;
  const short = shortOf(long, shape.ratio);
  const anchorSide = fits < 0 ? smallerSide(labeled, long, short) : SIDE;
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  const sizeReason =
    fits >= 0
      ? `${percent(shares[at]!)} of the objects are above the ${lowest(SIDE).toFixed(0)} pixels that anchors take` +
        (at > 0 ? ` (${percent(shares[0]!)} at ${candidates[0]})` : '')
      : `the largest for such a machine; objects are small, so anchors begin at ${anchorSide * FINEST_STRIDE} pixels`;
  return { batch, iterations, long, short, canvas: canvasOf(shape, long, short), anchorSide, sizeReason };
}

interface Shape {
  /** Long edge over short edge, of the middle image. */
  readonly ratio: number;
  /** Long edge of the middle image, pixels. */
  readonly longest: number;
  readonly way: 'wide' | 'tall' | 'both';
}

function shapeOf(images: readonly ImageRecord[]): Shape {
  const sizes = images.flatMap(({ width, height }) =>
    width !== undefined && height !== undefined ? [[width, height] as const] : [],
  );
  const middle = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
  const wide = sizes.filter(([w, h]) => w > h).length;
  const tall = sizes.filter(([w, h]) => h > w).length;
  return {
    ratio: middle(sizes.map(([w, h]) => Math.max(w, h) / Math.min(w, h))),
    longest: middle(sizes.map(([w, h]) => Math.max(w, h))),
    way: wide > 0 && tall > 0 ? 'both' : tall > 0 ? 'tall' : 'wide',
  };
}

/** Panoramas keep half of the long edge, so that they do not become strips. */
const shortOf = (long: number, ratio: number): number =>
  Math.max(Math.round(long / ratio / EIGHT), Math.ceil(long / 2 / EIGHT)) * EIGHT;

function canvasOf({ way }: Shape, long: number, short: number): Chosen['canvas'] {
  if (way === 'both') return null;
  const [l, s] = [long, short].map((side) => Math.ceil(side / MULTIPLE) * MULTIPLE) as [number, number];
  return way === 'tall' ? { width: s, height: l } : { width: l, height: s };
}

const lowest = (side: number): number => anchorValidRange([side * FINEST_STRIDE])[0];

function sizesAt({ images }: Pick<Dataset, 'images'>, long: number, short: number): Float64Array {
  const known = images.filter(({ width, height }) => width !== undefined && height !== undefined);
  return instanceSizes(instancesOf({ images: known }), resizeFactors(known, { long, short })).sort();
}

function shareAbove(labeled: Pick<Dataset, 'images'>, long: number, ratio: number, low: number): number {
  const sizes = sizesAt(labeled, long, shortOf(long, ratio));
  return sizes.length === 0 ? 1 : sizes.filter((size) => size >= low).length / sizes.length;
}

/** Half strides from 1 on: where most of the objects are taken. */
function smallerSide(labeled: Pick<Dataset, 'images'>, long: number, short: number): number {
  const sizes = sizesAt(labeled, long, short);
  const small = sizes[Math.floor((1 - MOST) * sizes.length)]!;
  const wanted = Math.floor((2 * SIDE * small) / lowest(SIDE)) / 2;
  return Math.min(SIDE, Math.max(1, wanted));
}
