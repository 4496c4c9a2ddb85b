import { basename } from 'node:path';
import type { CocoDetection, Dataset, ImageRecord } from '@sed/datasets-coco';
import { imageSize } from '@sed/datasets-coco/image';
import { loadRun, openDataPart, predictImages, type CheckpointChoice, type ModelName } from '@sed/trainer';
import * as tf from '@tensorflow/tfjs-core';
import { prepare } from '../backend.ts';
import type { Talk } from '../ui/console.ts';
import { createUnreadable } from '../ui/unreadable.ts';
import type { PictureBox, PictureSet } from './pictures.ts';

/** Boxes below this are of no use in a picture. */
const LEAST_SCORE = 0.05;

/** Runs both models of a run, each from its best checkpoint or from the one that is asked for, on some of its validation images. */
export async function collectPictures(
  folder: string,
  count: number,
  talk: Talk,
  checkpoint: CheckpointChoice = 'best',
): Promise<PictureSet> {
  await prepare();
  const { config, categories, teacher } = describe(folder, checkpoint);
  const dataset = await openDataPart(config.data, 'validation', { classes: categories.map((c) => c.name) });
  const images = chooseImages(dataset, count);
  const found: Partial<Record<ModelName, CocoDetection[]>> = {};
  const steps: Partial<Record<ModelName, number>> = {};
  const { images: unreadable, add: onUnreadable } = createUnreadable(talk, 'The report shows the other pictures.');
  for (const model of ['student', ...(teacher ? (['teacher'] as const) : [])] as const) {
    const run = loadRun(folder, { model, checkpoint, log: talk.warn });
    steps[model] = run.step;
    talk.say(`${basename(folder)}: pictures of the ${model} of step ${run.step} (${run.why})`);
    try {
      found[model] = await predictImages(run.detector, run.parameters, images, {
        input: config.input,
        categories,
        scoreThreshold: LEAST_SCORE,
        onUnreadable,
        onProgress: (done, all) => talk.status(`pictures: ${model}, ${done} of ${all} images`),
      });
    } finally {
      tf.dispose([...run.parameters.values()]);
    }
  }
  talk.clear();
  const indexOf = new Map(categories.map((c, i) => [c.id, i]));
  const boxes = (image: ImageRecord, model: ModelName): PictureBox[] | undefined =>
    found[model]
      ?.filter((d) => d.image_id === image.id)
      .map((d) => ({
        category: indexOf.get(d.category_id)!,
        bbox: rounded(d.bbox),
        score: Number(d.score.toFixed(4)),
      }));
  const shown = images.filter((image) => !unreadable.has(image));
  return {
    steps,
    categories: categories.map((c) => c.name),
    images: await Promise.all(
      shown.map(async (image) => ({
        path: image.path,
        fileName: image.fileName,
        ...(await sizeOf(image)),
        truth: image.annotations.filter((a) => !a.crowd).map((a) => ({ category: a.category, bbox: rounded(a.bbox) })),
        ...optional('student', boxes(image, 'student')),
        ...optional('teacher', boxes(image, 'teacher')),
      })),
    ),
  };
}

function describe(folder: string, checkpoint: CheckpointChoice) {
  // of a checkpoint that is not chosen by its value the teacher is taken where there is one
  const run = loadRun(folder, { checkpoint: checkpoint === 'best' ? 'last' : checkpoint });
  tf.dispose([...run.parameters.values()]);
  return { config: run.config, categories: run.categories, teacher: run.model === 'teacher' };
}

/** `count` images spread evenly over those that have objects: the same for every run on the same validation images. */
export function chooseImages({ images }: Pick<Dataset, 'images'>, count: number): ImageRecord[] {
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

function optional(model: ModelName, boxes: PictureBox[] | undefined): Partial<Record<ModelName, PictureBox[]>> {
  return boxes === undefined ? {} : { [model]: boxes };
}

function rounded(bbox: PictureBox['bbox']): PictureBox['bbox'] {
  const [x, y, w, h] = bbox.map((v) => Math.round(v * 10) / 10) as [number, number, number, number];
  return [x, y, w, h];
}
