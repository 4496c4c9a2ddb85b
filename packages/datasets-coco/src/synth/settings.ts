/** Checks what a caller asks of {@link synthesize} and fills in the rest. */

import { closest } from 'fastest-levenshtein';
import { SYNTH_CLASSES } from './catalog.ts';
import type { SceneSettings } from './scene.ts';

/** A folder of images: with a COCO JSON, or without (plain unlabeled images). */
export interface SynthSplit {
  readonly name: string;
  readonly images: number;
  /** Write `annotations/instances_{name}.json`. Default true. */
  readonly labeled?: boolean;
}

/** How hard the scenes are. */
export type Difficulty = 'easy' | 'medium' | 'hard';

/** What a difficulty stands for; any of it can be set on its own. */
interface Preset {
  readonly classes: readonly string[];
  readonly iconsPerClass: number;
  readonly variation: number;
  readonly clutter: readonly [number, number];
  readonly shapes: readonly [number, number];
  /** Of the shorter side of the image. */
  readonly objectSize: readonly [number, number];
}

const ALL_ICONS = Math.max(...Object.values(SYNTH_CLASSES).map((icons) => icons.length));

/**
 * The more classes, the more different their icons and the stronger the changes, the more labeled images it takes.
 * Thirty labeled images of 320 x 240 and 600 steps of two images gave a RetinaNet on EfficientNet-Lite0 an AP of 21
 * (AP50 49) on `easy`, and of 2 (AP50 8) on `hard`, one run each.
 */
export const DIFFICULTIES: Readonly<Record<Difficulty, Preset>> = {
  easy: {
    classes: ['ball', 'bird', 'car', 'flower'],
    iconsPerClass: 4,
    variation: 0.6,
    clutter: [0, 3],
    shapes: [0, 4],
    objectSize: [1 / 15, 2 / 3],
  },
  medium: {
    classes: ['ball', 'bird', 'car', 'fish', 'flower', 'shoe'],
    iconsPerClass: 4,
    variation: 0.6,
    clutter: [0, 3],
    shapes: [0, 4],
    objectSize: [1 / 20, 5 / 6],
  },
  hard: {
    classes: ['ball', 'bird', 'car', 'drink', 'fish', 'flower', 'fruit', 'shoe'],
    iconsPerClass: ALL_ICONS,
    variation: 1,
    clutter: [0, 5],
    shapes: [0, 6],
    objectSize: [1 / 20, 5 / 6],
  },
};

/** What may be changed about the scenes. */
export interface SynthOptions extends Partial<Omit<SceneSettings, 'width' | 'height'>> {
  /**
   * Sets the defaults of classes, iconsPerClass, variation, clutter, shapes and objectSize: see {@link DIFFICULTIES}.
   * Default `medium`.
   */
  readonly difficulty?: Difficulty;
  /** Names among those of {@link SYNTH_CLASSES}. */
  readonly classes?: readonly string[];
  /** Only the first so many icons of each class: the fewer, the easier. */
  readonly iconsPerClass?: number;
  /** Range of JPEG quality, 1..100. Default 50 to 95. */
  readonly quality?: readonly [number, number];
}

/** Everything that decides the pixels. */
export interface SceneRecipe extends SceneSettings {
  readonly classes: readonly string[];
  readonly iconsPerClass: number;
  readonly quality: readonly [number, number];
}

function checkWhole(name: string, value: unknown, minimum: number): asserts value is number {
  if (!Number.isInteger(value) || (value as number) < minimum) {
    throw new Error(`${name}: ${JSON.stringify(value)}; it must be a whole number from ${minimum} up.`);
  }
}

function checkRange(
  name: string,
  range: readonly [number, number],
  low: number,
  high: number,
  whole = false,
): readonly [number, number] {
  const [from, to] = range;
  if (!(from >= low && to >= from && to <= high) || (whole && !(Number.isInteger(from) && Number.isInteger(to)))) {
    const numbers = whole ? 'whole numbers' : 'numbers';
    throw new Error(
      `${name}: [${range.join(', ')}]; it must be two ${numbers}, ${low} <= low <= high${high < Infinity ? ` <= ${high}` : ''}.`,
    );
  }
  return range;
}

function checkClasses(classes: readonly string[]): readonly string[] {
  const valid = Object.keys(SYNTH_CLASSES);
  if (classes.length === 0) throw new Error(`classes is empty; choose some of ${valid.join(', ')}.`);
  classes.forEach((name, i) => {
    if (!Object.hasOwn(SYNTH_CLASSES, name)) {
      throw new Error(
        `classes[${i}]: "${name}" is unknown; did you mean "${closest(name, valid)}"? There are ${valid.join(', ')}.`,
      );
    }
    if (classes.indexOf(name) !== i) throw new Error(`classes[${i}]: "${name}" is listed twice.`);
  });
  return classes;
}

/**
 * Settings of the scenes. On `medium` and `hard` sizes reach from 1/20 to 5/6 of the shorter side (12 to 200 pixels at
 * 320 x 240).
 */
export function sceneRecipe(width: number, height: number, options: SynthOptions = {}): SceneRecipe {
  checkWhole('width', width, 32);
  checkWhole('height', height, 32);
  const side = Math.min(width, height);
  const minimumVisible = options.minimumVisible ?? 0.35;
  if (!(minimumVisible > 0 && minimumVisible <= 1)) {
    throw new Error(`minimumVisible: ${minimumVisible}; it must be a fraction above 0, up to 1.`);
  }
  const difficulty = options.difficulty ?? 'medium';
  if (!Object.hasOwn(DIFFICULTIES, difficulty)) {
    throw new Error(`difficulty: ${JSON.stringify(difficulty)}; it is one of ${Object.keys(DIFFICULTIES).join(', ')}.`);
  }
  const preset = DIFFICULTIES[difficulty];
  const variation = options.variation ?? preset.variation;
  if (!(variation >= 0 && variation <= 1)) throw new Error(`variation: ${variation}; it must be a number in 0..1.`);
  const iconsPerClass = options.iconsPerClass ?? preset.iconsPerClass;
  checkWhole('iconsPerClass', iconsPerClass, 1);
  return {
    width,
    height,
    variation,
    iconsPerClass,
    classes: checkClasses(options.classes ?? preset.classes),
    objects: checkRange('objects', options.objects ?? [2, 8], 0, 200, true),
    objectSize: checkRange(
      'objectSize',
      options.objectSize ?? [Math.max(6, side * preset.objectSize[0]), side * preset.objectSize[1]],
      6,
      4 * side,
    ),
    clutter: checkRange('clutter', options.clutter ?? preset.clutter, 0, 200, true),
    shapes: checkRange('shapes', options.shapes ?? preset.shapes, 0, 200, true),
    clutterSize: checkRange('clutterSize', options.clutterSize ?? [Math.max(4, side / 30), side / 2.4], 4, 4 * side),
    minimumVisible,
    quality: checkRange('quality', options.quality ?? [50, 95], 1, 100, true),
  };
}

/** The splits asked for; by default four fifths `train` and the rest `val`. */
export function checkSplits(
  images: number | undefined,
  splits: readonly SynthSplit[] | undefined,
): readonly SynthSplit[] {
  if (splits === undefined) {
    checkWhole('images', images, 1);
    const val = Math.floor(images / 5);
    return [{ name: 'train', images: images - val }, ...(val > 0 ? [{ name: 'val', images: val }] : [])];
  }
  if (splits.length === 0) throw new Error('splits is empty; leave it out for train and val, or name at least one.');
  splits.forEach((split, i) => {
    checkWhole(`splits[${i}].images`, split.images, 1);
    if (!/^[A-Za-z0-9][\w.-]*$/.test(split.name) || split.name === 'annotations') {
      throw new Error(
        `splits[${i}].name: ${JSON.stringify(split.name)}; it names a folder: letters, digits, "-", "_", ".", and not "annotations".`,
      );
    }
    if (splits.findIndex(({ name }) => name === split.name) !== i)
      throw new Error(`splits[${i}].name: "${split.name}" is listed twice.`);
  });
  const total = splits.reduce((sum, split) => sum + split.images, 0);
  if (images !== undefined && images !== total) {
    throw new Error(`images: ${images}, but the splits add up to ${total}; leave out images, or make them agree.`);
  }
  return splits;
}
