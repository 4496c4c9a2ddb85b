import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { CocoDetection, Dataset, ImageRecord } from '@sed/datasets-coco';
import { imageSize } from '@sed/datasets-coco/image';
import { loadRun, predictImages, type CheckpointChoice } from '@sed/trainer';
import { openDataPart } from '@sed/trainer/data';
import * as tf from '@tensorflow/tfjs-core';
import { prepare } from '../backend.ts';
import type { NetworkRole } from '../runs/networks.ts';
import type { Talk } from '../ui/console.ts';
import { createUnreadable } from '../ui/unreadable.ts';
import type { PictureBox, PictureSet } from './pictures.ts';
import type { ReportRun } from './runs.ts';

/** Boxes below this are of no use in a picture. */
const LEAST_SCORE = 0.05;

/**
 * Runs the networks of a run, each from its best checkpoint or from the one that is asked for, on some of its
 * validation images.
 */
export async function collectPictures(
  run: Pick<ReportRun, 'folder' | 'networks'>,
  count: number,
  talk: Talk,
  checkpoint: CheckpointChoice = 'best',
): Promise<PictureSet> {
  await prepare();
  const { config, categories, names } = describe(run, checkpoint);
  const dataset = await openDataPart(config.data, 'validation', { classes: categories.map((c) => c.name) });
  const images = chooseImages(dataset, count);
  const found: CocoDetection[][] = [];
  const networks: { name: string; step: number }[] = [];
  const { images: unreadable, add: onUnreadable } = createUnreadable(talk, 'The report shows the other pictures.');
  for (const name of names) {
    const loaded = loadRun(run.folder, { model: name, checkpoint, log: talk.warn });
    networks.push({ name, step: loaded.step });
    talk.say(`${basename(run.folder)}: pictures of the ${name} of step ${loaded.step} (${loaded.why})`);
    try {
      found.push(
        await predictImages(loaded.detector, loaded.parameters, images, {
          input: config.input,
          categories,
          scoreThreshold: LEAST_SCORE,
          onUnreadable,
          onProgress: (done, all) => talk.status(`pictures: ${name}, ${done} of ${all} images`),
        }),
      );
    } finally {
      tf.dispose([...loaded.parameters.values()]);
    }
  }
  talk.clear();
  const indexOf = new Map(categories.map((c, i) => [c.id, i]));
  const boxes = (image: ImageRecord, detections: readonly CocoDetection[]): PictureBox[] =>
    detections
      .filter((d) => d.image_id === image.id)
      .map((d) => ({
        category: indexOf.get(d.category_id)!,
        bbox: rounded(d.bbox),
        score: Number(d.score.toFixed(4)),
      }));
  const shown = images.filter((image) => !unreadable.has(image));
  return {
    networks,
    categories: categories.map((c) => c.name),
    images: await Promise.all(
      shown.map(async (image) => ({
        path: image.path,
        fileName: image.fileName,
        ...(await sizeOf(image)),
        truth: image.annotations.filter((a) => !a.crowd).map((a) => ({ category: a.category, bbox: rounded(a.bbox) })),
        found: found.map((detections) => boxes(image, detections)),
      })),
    ),
  };
}

/**
 * What a run detects, and which of its networks have weights in the checkpoint, those that an optimizer moves first.
 */
function describe({ folder, networks }: Pick<ReportRun, 'folder' | 'networks'>, checkpoint: CheckpointChoice) {
  const run = loadRun(folder, { checkpoint: checkpoint === 'best' ? 'last' : checkpoint });
  tf.dispose([...run.parameters.values()]);
  // names may be those of a foreign run folder
  const isThere = (name: string) => basename(name) === name && existsSync(join(run.checkpoint, `${name}.safetensors`));
  const withRole = (role: NetworkRole) => networks.filter((network) => network.role === role);
  const names = [...withRole('trained'), ...withRole('averaged')].map(({ name }) => name).filter(isThere);
  return { config: run.config, categories: run.categories, names };
}

/** `count` images spread evenly over those that have objects: the same for every run on the same validation images. */
function chooseImages({ images }: Pick<Dataset, 'images'>, count: number): ImageRecord[] {
  const withObjects = images.filter((image) => image.annotations.some((a) => !a.crowd));
  const from = withObjects.length > 0 ? withObjects : images;
  const n = Math.min(count, from.length);
  return Array.from({ length: n }, (_, i) => from[Math.floor(((i + 0.5) * from.length) / n)]!);
}

async function sizeOf(image: ImageRecord): Promise<{ width: number; height: number }> {
  if (image.width !== undefined && image.height !== undefined) return { width: image.width, height: image.height };
  const { width, height } = await imageSize(image.path);
  return { width, height };
}

function rounded(bbox: PictureBox['bbox']): PictureBox['bbox'] {
  const [x, y, w, h] = bbox.map((v) => Math.round(v * 10) / 10) as [number, number, number, number];
  return [x, y, w, h];
}
