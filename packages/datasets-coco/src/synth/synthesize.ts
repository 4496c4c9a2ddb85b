/** Writes made-up scenes as a COCO data set. */

import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { CLUTTER_ICONS, SYNTH_CLASSES } from './catalog.ts';
import { loadIcons } from './icon.ts';
import { randomStream, wholeBetween } from './random.ts';
import { composeScene, type Scene, type SceneIcons } from './scene.ts';
import { checkSplits, sceneRecipe, type SceneRecipe, type SynthOptions, type SynthSplit } from './settings.ts';

/** What {@link synthesize} is to write. */
export interface SynthRequest {
  /** A folder, made if it is not there. */
  readonly out: string;
  /** How many images in all: four fifths in `train`, the rest in `val`. Not needed with `splits`. */
  readonly images?: number;
  readonly seed: number;
  /** Pixels. Default 320 x 240. */
  readonly width?: number;
  readonly height?: number;
  readonly splits?: readonly SynthSplit[];
  readonly options?: SynthOptions;
  readonly onProgress?: (progress: SynthProgress) => void;
  readonly signal?: AbortSignal;
}

/** How far it is: `done` of `total` images, the last of them in `split`. */
export interface SynthProgress {
  readonly split: string;
  readonly done: number;
  readonly total: number;
}

/** What was written. */
export interface SynthResult {
  readonly out: string;
  readonly classes: readonly string[];
  readonly splits: readonly {
    readonly name: string;
    readonly images: number;
    readonly objects: number;
    readonly folder: string;
    /** Path of the COCO JSON; undefined for an unlabeled split. */
    readonly annotations: string | undefined;
  }[];
}

/** Scenes being encoded at a time; encoding runs on other threads. */
const IN_FLIGHT = 4;
/** Image ids of different splits differ, so that their JSONs can be merged. */
const IDS_PER_SPLIT = 1_000_000;

/** Makes the scenes of one seed. */
export interface SceneSource {
  readonly recipe: SceneRecipe;
  readonly scene: (split: string, index: number) => Scene;
  /** The scene as a JPEG file, of a quality that belongs to (split, index). */
  readonly encode: (scene: Scene, split: string, index: number) => Promise<Uint8Array>;
}

/**
 * A source of scenes: the scene of (split, index) is a function of the seed, those two and the settings, whatever else
 * is made.
 *
 * @throws Error that names a setting out of range, or an unknown class and the nearest valid one.
 */
export async function createScenes(request: {
  readonly seed: number;
  readonly width?: number;
  readonly height?: number;
  readonly options?: SynthOptions;
}): Promise<SceneSource> {
  const { seed, width = 320, height = 240, options } = request;
  if (!Number.isSafeInteger(seed)) throw new Error(`seed: ${seed}; it must be a whole number.`);
  const recipe = sceneRecipe(width, height, options);
  const icons: SceneIcons = {
    classes: await Promise.all(
      recipe.classes.map((name) => loadIcons(SYNTH_CLASSES[name]!.slice(0, recipe.iconsPerClass))),
    ),
    clutter: await loadIcons(CLUTTER_ICONS),
  };
  return {
    recipe,
    scene: (split, index) => composeScene(randomStream(seed, 'scene', split, index), icons, recipe),
    encode: async (scene, split, index) => {
      const random = randomStream(seed, 'jpeg', split, index);
      const quality = wholeBetween(random, ...recipe.quality);
      const chromaSubsampling = random() < 0.7 ? '4:2:0' : '4:4:4';
      const raw = { width: scene.width, height: scene.height, channels: 3 as const };
      return sharp(scene.pixels, { raw }).jpeg({ quality, chromaSubsampling }).toBuffer();
    },
  };
}

async function prepareFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
    const probe = join(path, '.writable');
    await writeFile(probe, '');
    await rm(probe);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`out: cannot write to ${path} (${code}); name a folder that you may write to.`, { cause: error });
  }
}

/** A plain folder is read whole: an image of an earlier run that this one does not write would join its data. */
async function refuseStrangers(folder: string, names: ReadonlySet<string>): Promise<void> {
  const strangers = (await readdir(folder)).filter((name) => !names.has(name.replace(/\.part$/, '')));
  if (strangers.length > 0) {
    throw new Error(
      `out: ${folder} already holds ${strangers.length} files that this run would not write (${strangers.slice(0, 3).join(', ')}); ` +
        'empty it, or name another folder.',
    );
  }
}

async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  await writeFile(`${path}.part`, content);
  await rename(`${path}.part`, path);
}

/**
 * Writes `out/{split}/{split}_000001.jpg …` and `out/annotations/instances_{split}.json`. The same arguments give the
 * same bytes (with the same versions of sharp and of the icons), and image k of a split does not depend on how many
 * there are. Every object of a class in an image is annotated: nothing is laid so that less than `minimumVisible` of
 * one stays visible. Boxes are tight around the visible pixels; `area` counts them; `visible` is their fraction.
 *
 * @throws Error that names the argument that is wrong; the signal's reason when aborted.
 */
export async function synthesize(request: SynthRequest): Promise<SynthResult> {
  const { out, seed, onProgress, signal } = request;
  const splits = checkSplits(request.images, request.splits);
  const { recipe, scene, encode } = await createScenes(request);
  const total = splits.reduce((sum, { images }) => sum + images, 0);
  const fileName = (split: SynthSplit, index: number) => `${split.name}_${String(index + 1).padStart(6, '0')}.jpg`;
  for (const split of splits) {
    const folder = join(out, split.name);
    await prepareFolder(folder);
    await refuseStrangers(folder, new Set(Array.from({ length: split.images }, (_, i) => fileName(split, i))));
  }
  if (splits.some(({ labeled }) => labeled ?? true)) await prepareFolder(join(out, 'annotations'));

  let done = 0;
  const results: SynthResult['splits'][number][] = [];
  for (const [position, split] of splits.entries()) {
    const folder = join(out, split.name);
    const images: object[] = [];
    const annotations: object[] = [];
    const inFlight = new Set<Promise<void>>();
    try {
      for (let index = 0; index < split.images; index++) {
        signal?.throwIfAborted();
        const made = scene(split.name, index);
        const id = position * IDS_PER_SPLIT + index + 1;
        images.push({ id, file_name: fileName(split, index), width: made.width, height: made.height, license: 1 });
        for (const { category, bbox, area, visible } of made.objects) {
          annotations.push({
            id: position * IDS_PER_SPLIT * 100 + annotations.length + 1,
            image_id: id,
            category_id: category + 1,
            bbox,
            area,
            iscrowd: 0,
            visible: Math.round(visible * 1000) / 1000,
          });
        }
        const write: Promise<void> = encode(made, split.name, index)
          .then((jpeg) => writeWhole(join(folder, fileName(split, index)), jpeg))
          .then(() => {
            inFlight.delete(write);
            onProgress?.({ split: split.name, done: ++done, total });
          });
        inFlight.add(write);
        if (inFlight.size >= IN_FLIGHT) await Promise.race(inFlight);
      }
      await Promise.all(inFlight);
    } finally {
      // After an error or an abort nothing is written any more once the caller hears of it.
      await Promise.allSettled(inFlight);
    }
    const json = join(out, 'annotations', `instances_${split.name}.json`);
    const labeled = split.labeled ?? true;
    if (labeled) {
      const body = {
        info: {
          description: 'Made-up scenes of sed-cli synth; objects are Noto Emoji icons by Google, Apache-2.0',
          seed,
          split: split.name,
          recipe,
        },
        licenses: [{ id: 1, name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' }],
        images,
        annotations,
        categories: recipe.classes.map((name, i) => ({ id: i + 1, name, supercategory: 'thing' })),
      };
      await writeWhole(json, JSON.stringify(body));
    }
    results.push({
      name: split.name,
      images: split.images,
      objects: annotations.length,
      folder,
      annotations: labeled ? json : undefined,
    });
  }
  return { out, classes: recipe.classes, splits: results };
}
