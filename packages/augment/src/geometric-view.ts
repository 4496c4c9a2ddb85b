/**
 * A view turned, shifted or sheared about its center, with its boxes: the "G" of the stronger augmentation (SED, A.2),
 * one of RandAugment's geometric operations at one level.
 */

import type { Color } from './cutout.ts';
import { composeMaps, mapBoxes, type AffineMap } from '@sed/geometry';
import { checkImage } from './image.ts';
import { chance, type Random } from './random.ts';
import type { View } from './types.ts';
import { warp } from './warp.ts';
import type { WeakView } from './weak-view.ts';

export type GeometricOperation = 'rotate' | 'translate-x' | 'translate-y' | 'shear-x' | 'shear-y';

/** RandAugment's five, each as likely as the others. */
export const GEOMETRIC_OPERATIONS: readonly GeometricOperation[] = [
  'rotate',
  'translate-x',
  'translate-y',
  'shear-x',
  'shear-y',
];

/** Levels go from 0, nothing, to this (RandAugment, `_MAX_LEVEL`). */
const MAXIMUM_LEVEL = 10;

/**
 * What an operation does at `MAXIMUM_LEVEL`; at level l it is l / 10 of it, the sign random.
 *
 * - `rotate`: 30 degrees, and `shear`: 0.3, the tangent, are RandAugment's (and mmdetection 2's `Rotate` and `Shear`).
 * - `translate`: a part of the side. RandAugment's 100 pixels are for classification; the detection variants have 120
 *   pixels of 640 (TensorFlow's AutoAugment for boxes) and 250 of 1333 (mmdetection 2's `Translate`), both 0.1875.
 */
const RANDAUGMENT_MAXIMA = { rotate: 30, shear: 0.3, translate: 0.1875 } as const;

/** The least part of a box's area that must stay in the image (Ultralytics' `box_candidates`: 0.1). */
export const DEFAULT_MINIMUM_VISIBLE = 0.1;

/** Boxes narrower or lower than this many pixels after clipping are left out, as in the weak view. */
const MINIMUM_SIDE = 1;

/** Which operations, how far, how often. */
export interface GeometrySettings {
  /** Probability that anything is done; 0 takes no draw. */
  readonly probability: number;
  /** One of these is drawn, each as likely. */
  readonly operations: readonly GeometricOperation[];
  /** 0 to `MAXIMUM_LEVEL`. */
  readonly level: number;
  /**
   * Boxes with less than this part of their area left in the image are left out. Default
   * {@link DEFAULT_MINIMUM_VISIBLE}.
   */
  readonly minimumVisible?: number;
}

/** The paper's (A.2): one of rotate, translate and shear, at level 5. */
export const PAPER_GEOMETRY_SETTINGS: GeometrySettings = {
  probability: 1,
  operations: GEOMETRIC_OPERATIONS,
  level: 5,
  minimumVisible: DEFAULT_MINIMUM_VISIBLE,
};

/**
 * One operation about the center of an image of `width` x `height` pixels.
 *
 * @param magnitude `rotate`: degrees, clockwise as seen. `translate-x`, `-y`: part of the width or height, to the right
 *   or downwards, rounded to whole pixels. `shear-x`: pixels to the right for each pixel down; `shear-y`: pixels down
 *   for each to the right.
 */
export function geometricMap(
  operation: GeometricOperation,
  magnitude: number,
  width: number,
  height: number,
): AffineMap {
  const about = (a: number, b: number, d: number, e: number): AffineMap => {
    const [x, y] = [width / 2, height / 2];
    return [a, b, x - a * x - b * y, d, e, y - d * x - e * y];
  };
  switch (operation) {
    case 'rotate': {
      const [sine, cosine] = [Math.sin((magnitude * Math.PI) / 180), Math.cos((magnitude * Math.PI) / 180)];
      return about(cosine, -sine, sine, cosine);
    }
    case 'translate-x':
      return [1, 0, Math.round(magnitude * width), 0, 1, 0];
    case 'translate-y':
      return [1, 0, 0, 0, 1, Math.round(magnitude * height)];
    case 'shear-x':
      return about(1, magnitude, 0, 1);
    case 'shear-y':
      return about(1, 0, magnitude, 1);
    default:
      throw new Error(
        `geometry.operations: ${JSON.stringify(operation)}; they are ${GEOMETRIC_OPERATIONS.map((o) => `'${o}'`).join(', ')}.`,
      );
  }
}

function magnitudeOf(operation: GeometricOperation, level: number): number {
  const kind = operation.split('-')[0] as keyof typeof RANDAUGMENT_MAXIMA;
  return (RANDAUGMENT_MAXIMA[kind] * level) / MAXIMUM_LEVEL;
}

/** Throws for settings out of range, naming the field. */
function checkSettings({ probability, operations, level, minimumVisible = 0 }: GeometrySettings): void {
  const refuse = (field: string, value: unknown, wanted: string): never => {
    throw new Error(`geometry.${field}: ${JSON.stringify(value)}; it must be ${wanted}.`);
  };
  if (!(probability >= 0 && probability <= 1)) refuse('probability', probability, 'from 0 to 1');
  if (!(level >= 0 && level <= MAXIMUM_LEVEL)) refuse('level', level, `from 0 to ${MAXIMUM_LEVEL}`);
  if (!(minimumVisible >= 0 && minimumVisible <= 1)) refuse('minimumVisible', minimumVisible, 'from 0 to 1');
  if (operations.length === 0) refuse('operations', operations, 'a list of at least one operation');
}

/**
 * The view moved by `map` (from its own pixels to the new ones), at its own size: pixels by {@link warp}, geometry
 * composed, boxes as the upright boxes around their mapped corners, clipped to the image, labels and `kept` with them.
 *
 * @param minimumVisible boxes of which less than this part is in the image, or a side below 1 pixel, are left out
 */
export function mapView<V extends View>(
  view: V,
  map: AffineMap,
  fill: Color,
  minimumVisible: number = DEFAULT_MINIMUM_VISIBLE,
): V {
  const { width, height } = view;
  const { pixels } = warp(view, map, fill);
  const mapped = mapBoxes(view.boxes, map);
  const clipped = mapped.map((value, i) => Math.min(Math.max(value, 0), i % 2 === 0 ? width : height));
  const rows = Int32Array.from(view.labels.keys()).filter((row) => {
    const side = (boxes: Float32Array, axis: number): number => boxes[4 * row + 2 + axis]! - boxes[4 * row + axis]!;
    const [w, h] = [side(clipped, 0), side(clipped, 1)];
    return w >= MINIMUM_SIDE && h >= MINIMUM_SIDE && w * h >= minimumVisible * side(mapped, 0) * side(mapped, 1);
  });
  const boxes = new Float32Array(4 * rows.length);
  rows.forEach((row, i) => boxes.set(clipped.subarray(4 * row, 4 * row + 4), 4 * i));
  const moved: View = {
    pixels,
    width,
    height,
    boxes,
    labels: rows.map((row) => view.labels[row]!),
    geometry: composeMaps(map, view.geometry),
  };
  const { kept } = view as Partial<WeakView>;
  return { ...view, ...moved, ...(kept && { kept: rows.map((row) => kept[row]!) }) };
}

/**
 * The view after one operation of `settings`, drawn with its sign; the view itself, untouched, where the coin says no.
 *
 * @param fill color of what comes into the picture from outside
 * @throws Error for a view whose size and pixels disagree, or a setting out of range, naming it
 */
export function geometricView<V extends View>(view: V, settings: GeometrySettings, fill: Color, random: Random): V {
  checkImage(view, 'geometricView');
  checkSettings(settings);
  if (settings.probability === 0 || !chance(random, settings.probability)) return view;
  const operation = settings.operations[Math.floor(random() * settings.operations.length)]!;
  const sign = chance(random, 0.5) ? -1 : 1;
  const map = geometricMap(operation, sign * magnitudeOf(operation, settings.level), view.width, view.height);
  return mapView(view, map, fill, settings.minimumVisible);
}
