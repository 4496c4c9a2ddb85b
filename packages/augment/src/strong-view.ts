/**
 * The strong view, what the student sees: the weak view with its colors changed, perhaps moved, and parts of it
 * covered.
 *
 * The order is colors, geometry, cutouts, as in Soft Teacher: what comes in from outside has the plain fill color, and
 * the cutouts stand upright and whole.
 */

import { gaussianBlur } from './blur.ts';
import { adjustBrightness, adjustContrast, adjustHue, adjustSaturation, rgbToGrayscale } from './color.ts';
import { drawCutout, fillRectangle, type Color, type CutoutSettings } from './cutout.ts';
import { geometricView, PAPER_GEOMETRY_SETTINGS, type GeometrySettings } from './geometric-view.ts';
import { checkImage, copyPixels } from './image.ts';
import { chance, uniform, type Random, type Range } from './random.ts';
import type { RgbImage, View } from './types.ts';

/** Color jitter: one factor for each, uniform in its range. */
export interface JitterSettings {
  readonly probability: number;
  readonly brightness: Range;
  readonly contrast: Range;
  readonly saturation: Range;
  /** Shift of the hue in -0.5..0.5 of the circle; absent: the hue stays. */
  readonly hue?: Range;
  /**
   * `fixed`: brightness, contrast, saturation, hue. `random`: any order, as torchvision's ColorJitter. Default `fixed`.
   */
  readonly order?: 'fixed' | 'random';
}

/** What a strong view may do, in the order it is done. */
export interface StrongSettings {
  readonly jitter: JitterSettings;
  readonly grayscale: { readonly probability: number };
  readonly blur: { readonly probability: number; readonly kernel: number; readonly sigma: Range };
  /** Moves pixels and boxes; absent (or probability 0): the geometry of the weak view stays. */
  readonly geometry?: GeometrySettings;
  readonly cutouts: readonly CutoutSettings[];
  /**
   * The color of the cutouts, and of what `geometry` brings in from outside. Default {@link IMAGENET_MEAN_COLOR}, which
   * normalization takes to zero.
   */
  readonly fill?: Color;
}

/** ImageNet's mean RGB, 123.675 116.28 103.53 (0.485 0.456 0.406 of 255), to the nearest byte. */
export const IMAGENET_MEAN_COLOR: Color = [124, 116, 104];

/** The paper's strong augmentation (SED, Table 11). */
export const PAPER_STRONG_SETTINGS: StrongSettings = {
  jitter: { probability: 0.8, brightness: [0.6, 1.4], contrast: [0.6, 1.4], saturation: [0.6, 1.4], order: 'fixed' },
  grayscale: { probability: 0.2 },
  blur: { probability: 0.5, kernel: 23, sigma: [0.1, 2] },
  cutouts: [
    { probability: 0.7, scale: [0.05, 0.2], ratio: [0.3, 3.3] },
    { probability: 0.5, scale: [0.02, 0.2], ratio: [0.1, 6] },
    { probability: 0.3, scale: [0.02, 0.2], ratio: [0.05, 8] },
  ],
  fill: IMAGENET_MEAN_COLOR,
};

/** The paper's stronger augmentation, "C,G" (SED, A.2): Table 11 and one geometric operation at level 5. */
export const PAPER_STRONGER_SETTINGS: StrongSettings = {
  ...PAPER_STRONG_SETTINGS,
  geometry: PAPER_GEOMETRY_SETTINGS,
};

type Adjustment = (image: RgbImage, factor: number, into: Uint8Array) => RgbImage;

function shuffle<T>(items: T[], random: Random): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
}

function jitter(image: RgbImage, settings: JitterSettings, random: Random): void {
  const steps: [Adjustment, number][] = [
    [adjustBrightness, uniform(random, settings.brightness)],
    [adjustContrast, uniform(random, settings.contrast)],
    [adjustSaturation, uniform(random, settings.saturation)],
  ];
  if (settings.hue !== undefined) steps.push([adjustHue, uniform(random, settings.hue)]);
  if (settings.order === 'random') shuffle(steps, random);
  for (const [adjust, factor] of steps) adjust(image, factor, image.pixels);
}

/**
 * A strong view with new pixels, of the weak view's size; the weak view is left as it was. Boxes, labels and geometry
 * are the weak view's own unless `settings.geometry` moved them: then `mapBetween(weak, strong)` is the way from one to
 * the other.
 *
 * @throws Error for a view whose size and pixels disagree, or a setting out of range.
 */
export function strongView<V extends View>(view: V, settings: StrongSettings, random: Random): V {
  checkImage(view, 'strongView');
  const { width, height } = view;
  const image: RgbImage = { pixels: copyPixels(view), width, height };
  if (chance(random, settings.jitter.probability)) jitter(image, settings.jitter, random);
  if (chance(random, settings.grayscale.probability)) rgbToGrayscale(image, image.pixels);
  if (chance(random, settings.blur.probability)) {
    gaussianBlur(image, settings.blur.kernel, uniform(random, settings.blur.sigma), image.pixels);
  }
  const fill = settings.fill ?? IMAGENET_MEAN_COLOR;
  const colored: V = { ...view, pixels: image.pixels };
  const moved = settings.geometry ? geometricView(colored, settings.geometry, fill, random) : colored;
  for (const cutout of settings.cutouts) {
    const rectangle = drawCutout(width, height, cutout, random);
    if (rectangle) fillRectangle(moved, rectangle, fill);
  }
  return moved;
}
