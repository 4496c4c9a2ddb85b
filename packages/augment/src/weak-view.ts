/**
 * The weak view: resized and perhaps mirrored, what the teacher sees. And the view of testing: resized only.
 */

import { mapBoxes, resizeMap } from '@sed/geometry';
import { checkImage } from './image.ts';
import { chance, uniform, uniformInteger, type Random, type Range } from './random.ts';
import { flipHorizontally, resize } from './resize.ts';
import type { BoxList, RgbImage, View } from './types.ts';

/**
 * The size of a view.
 *
 * - `short-edge`: the short edge becomes a whole number drawn from `short`, unless the long edge would pass `long`.
 *   Detectron2's `ResizeShortestEdge` and mmdet's `range`. A wide range, say [300, 1200], is large-scale jitter (SED,
 *   Table 6); `test` then says what tests use, which is the upper end of `short` otherwise.
 * - `fit`: the largest size within `long` x `short` (whichever way the image lies), times a factor drawn from `scale`.
 */
export type ResizePolicy =
  | {
      readonly kind: 'short-edge';
      readonly short: Range;
      readonly long: number;
      readonly test?: { readonly short: number; readonly long: number };
    }
  | { readonly kind: 'fit'; readonly long: number; readonly short: number; readonly scale: Range };

/** What a weak view may do. */
export interface WeakSettings {
  readonly resize: ResizePolicy;
  /** Probability of mirroring left to right. Default 0.5. */
  readonly flip?: number;
  /** Pillow's reduction (default) or plain two-tap interpolation. */
  readonly antialias?: boolean;
  /**
   * Boxes narrower or lower than this many pixels in the view are left out (default 1); 0 keeps all, the empty ones
   * too. `kept` of the view says which stayed.
   */
  readonly minimumBoxSize?: number;
}

/** A view that tells which boxes of the source it still lists. */
export interface WeakView extends View {
  /** Row of the source's boxes for each box of the view, ascending. */
  readonly kept: Int32Array;
}

/** The paper's weak augmentation: short edge 640 to 800 within 1333, mirrored half of the time (SED, section 4.1). */
export const PAPER_WEAK_SETTINGS = {
  resize: { kind: 'short-edge', short: [640, 800], long: 1333 },
  flip: 0.5,
} as const satisfies WeakSettings;

/**
 * `[width, height]` of a view of an image of `width` x `height` pixels, at least 1 x 1. `draw` is the policy's one
 * draw.
 */
function viewSize(width: number, height: number, policy: ResizePolicy, draw: number): [number, number] {
  const [longest, shortest] = [Math.max(width, height), Math.min(width, height)];
  const factor =
    policy.kind === 'short-edge'
      ? Math.min(draw / shortest, policy.long / longest)
      : draw * Math.min(policy.long / longest, policy.short / shortest);
  const round = (side: number) => Math.max(1, Math.floor(side * factor + 0.5));
  return [round(width), round(height)];
}

function checkRange(name: string, [low, high]: Range, minimum: number): void {
  if (!(low >= minimum && high >= low && high < Infinity)) {
    throw new Error(`resize.${name}: [${low}, ${high}]; it needs ${minimum} <= low <= high.`);
  }
}

function checkPolicy(policy: ResizePolicy): void {
  if (policy.kind === 'short-edge') {
    checkRange('short', policy.short, 1);
    const { test } = policy;
    if (test && !(test.short >= 1 && test.long >= 1)) {
      throw new Error(`resize.test: short ${test.short}, long ${test.long}; both must be at least 1 pixel.`);
    }
    if (!policy.short.every(Number.isInteger)) {
      throw new Error(`resize.short: [${policy.short.join(', ')}]; the short edge is drawn from whole numbers.`);
    }
  } else if (policy.kind === 'fit') {
    checkRange('scale', policy.scale, Number.MIN_VALUE);
    if (!(policy.short >= 1)) throw new Error(`resize.short: ${policy.short}; it must be at least 1 pixel.`);
  } else {
    throw new Error(`resize.kind: ${JSON.stringify((policy as { kind: unknown }).kind)}; it is 'short-edge' or 'fit'.`);
  }
  if (!(policy.long >= 1)) throw new Error(`resize.long: ${policy.long}; it must be at least 1 pixel.`);
}

function makeView(
  image: RgbImage,
  objects: BoxList,
  settings: WeakSettings,
  policy: ResizePolicy,
  draw: number,
  flip: boolean,
): WeakView {
  const { boxes, labels } = objects;
  if (boxes.length !== labels.length * 4) {
    throw new Error(
      `objects: ${boxes.length} box values for ${labels.length} labels; each label needs four, x1 y1 x2 y2.`,
    );
  }
  const [width, height] = viewSize(image.width, image.height, policy, draw);
  const resized = resize(image, width, height, { antialias: settings.antialias ?? true });
  const { pixels } = flip ? flipHorizontally(resized) : resized;
  const geometry = resizeMap([image.width, image.height], [width, height], flip);
  const minimum = settings.minimumBoxSize ?? 1;
  const mapped = mapBoxes(boxes, geometry);
  const kept = Int32Array.from(labels.keys()).filter(
    (row) =>
      mapped[4 * row + 2]! - mapped[4 * row]! >= minimum && mapped[4 * row + 3]! - mapped[4 * row + 1]! >= minimum,
  );
  const all = kept.length === labels.length;
  const viewBoxes = all ? mapped : new Float32Array(kept.length * 4);
  if (!all) kept.forEach((row, i) => viewBoxes.set(mapped.subarray(4 * row, 4 * row + 4), 4 * i));
  return {
    pixels,
    width,
    height,
    boxes: viewBoxes,
    labels: Int32Array.from(kept, (row) => labels[row]!),
    geometry,
    kept,
  };
}

/**
 * A weak view. Takes two draws whatever happens: the size, then the flip.
 *
 * @throws Error for an image or settings that make no sense, naming the field.
 */
export function weakView(image: RgbImage, objects: BoxList, settings: WeakSettings, random: Random): WeakView {
  checkImage(image, 'weakView');
  checkPolicy(settings.resize);
  const policy = settings.resize;
  const draw = policy.kind === 'short-edge' ? uniformInteger(random, policy.short) : uniform(random, policy.scale);
  return makeView(image, objects, settings, policy, draw, chance(random, settings.flip ?? 0.5));
}

/**
 * The view of testing: `short-edge` at `test` or at the upper end of its range, `fit` at scale 1, never mirrored.
 *
 * @param objects the image's boxes, if they are wanted in the view; none by default
 */
export function testView(image: RgbImage, settings: WeakSettings, objects: BoxList = NO_OBJECTS): WeakView {
  checkImage(image, 'testView');
  checkPolicy(settings.resize);
  const policy = settings.resize;
  if (policy.kind === 'fit') return makeView(image, objects, settings, policy, 1, false);
  const { short, long } = policy.test ?? { short: policy.short[1], long: policy.long };
  return makeView(image, objects, settings, { ...policy, long }, short, false);
}

const NO_OBJECTS: BoxList = { boxes: new Float32Array(0), labels: new Int32Array(0) };
