/** Images with their detections drawn. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import type { CocoDetection, ImageRecord } from '@sed/datasets-coco';
import { classColor } from '../draw/palette.ts';
import { drawPicture, scoreLabel } from '../draw/picture.ts';
import type { Talk } from '../ui/console.ts';
import { progressBar } from '../ui/progress-bar.ts';
import type { LoadedModel } from './weights-model.ts';

/** Pictures that are drawn at a time. */
const DRAWN_AT_ONCE = 4;

/** @param least lowest score drawn */
export async function drawAll(
  folder: string,
  images: readonly ImageRecord[],
  detections: readonly CocoDetection[],
  model: LoadedModel,
  least: number,
  talk: Talk,
): Promise<number> {
  const classOf = new Map(model.categories.map((c, i) => [c.id, { name: c.name, color: classColor(i) }]));
  const byImage = new Map<number, CocoDetection[]>();
  for (const d of detections) {
    if (d.score >= least) byImage.set(d.image_id, [...(byImage.get(d.image_id) ?? []), d]);
  }
  const drawOne = async (image: ImageRecord): Promise<void> => {
    // The best is drawn last, on top.
    const boxes = (byImage.get(image.id) ?? [])
      .sort((a, b) => a.score - b.score)
      .map(({ bbox: [x, y, width, height], category_id, score }) => {
        const { name, color } = classOf.get(category_id)!;
        return { x, y, width, height, color, name, score: scoreLabel(score) };
      });
    const isJpeg = ['.jpg', '.jpeg'].includes(extname(image.fileName).toLowerCase());
    const path = join(
      folder,
      ...(isJpeg ? image.fileName : `${image.fileName}.jpg`).split('/').filter((p) => p !== '..'),
    );
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await drawPicture(image.path, boxes));
  };
  for (let i = 0; i < images.length; i += DRAWN_AT_ONCE) {
    await Promise.all(images.slice(i, i + DRAWN_AT_ONCE).map(drawOne));
    talk.status(progressBar('drawing', (i + DRAWN_AT_ONCE) / images.length));
  }
  talk.clear();
  return images.length;
}
