/** Images with their detections drawn. */
import { dirname, extname, join } from 'node:path';
import type { CocoDetection, ImageRecord } from '@sed/datasets-coco';
import { classColor } from '../draw/palette.ts';
import { drawPicture, isDrawn, scoreLabel } from '../draw/picture.ts';
import { textLine } from '../draw/text-line.ts';
import type { Output } from '../output/refuse.ts';
import { writeWhole } from '../output/write-whole.ts';
import type { Talk } from '../ui/console.ts';
import { progressBar } from '../ui/progress-bar.ts';
import type { LoadedModel } from './weights-model.ts';

/** Pictures that are drawn at a time. */
const DRAWN_AT_ONCE = 4;

/** An image and the file that its picture becomes. */
export interface Drawing {
  readonly image: ImageRecord;
  readonly path: string;
}

/** Where the pictures go: below `folder` as the images lie below theirs, as JPEG; two images never become one file. */
export function drawingsOf(folder: string, images: readonly ImageRecord[]): Drawing[] {
  const taken = new Set<string>();
  return images.map((image) => {
    const extension = extname(image.fileName);
    const isJpeg = ['.jpg', '.jpeg'].includes(extension.toLowerCase());
    const name = isJpeg ? image.fileName.slice(0, -extension.length) : image.fileName;
    for (let n = 1; ; n++) {
      const file = `${name}${n === 1 ? '' : `-${n}`}${isJpeg ? extension : '.jpg'}`;
      // file systems that do not tell cases or ways of writing a letter apart would make two names one
      const key = file.normalize('NFC').toLowerCase();
      if (taken.has(key)) continue;
      taken.add(key);
      return { image, path: join(folder, ...file.split('/').filter((part) => part !== '..')) };
    }
  });
}

/** For the check of what may be written: an earlier run's pictures may be replaced, photographs may not. */
export const outputsOf = (drawings: readonly Drawing[]): Output[] =>
  drawings.map(({ path }) => ({ path, option: '--draw', isOurs: isDrawn, what: 'a picture that sed-cli has drawn' }));

/** What is drawn, and how. */
export interface DrawChoices {
  readonly detections: readonly CocoDetection[];
  readonly model: Pick<LoadedModel, 'categories'>;
  /** Lowest score drawn. */
  readonly least: number;
  readonly talk: Talk;
}

/** Draws all pictures; of one that cannot be read or written the others are none the worse. */
export async function drawAll(
  drawings: readonly Drawing[],
  { detections, model, least, talk }: DrawChoices,
): Promise<{ readonly drawn: number; readonly failed: readonly string[] }> {
  const classOf = new Map(model.categories.map((c, i) => [c.id, { name: c.name, color: classColor(i) }]));
  const byImage = new Map<number, CocoDetection[]>();
  for (const d of detections) {
    if (d.score < least) continue;
    const own = byImage.get(d.image_id);
    if (own === undefined) byImage.set(d.image_id, [d]);
    else own.push(d);
  }
  const failed: string[] = [];
  const drawOne = async ({ image, path }: Drawing): Promise<void> => {
    // The best is drawn last, on top.
    const boxes = (byImage.get(image.id) ?? [])
      .sort((a, b) => a.score - b.score)
      .map(({ bbox: [x, y, width, height], category_id, score }) => {
        const { name, color } = classOf.get(category_id)!;
        return { x, y, width, height, color, name, score: scoreLabel(score) };
      });
    try {
      await writeWhole(path, await drawPicture(image.path, boxes));
    } catch (error) {
      failed.push(image.path);
      talk.warn(`${image.path} is not drawn into ${dirname(path)}: ${(error as Error).message}`);
    }
  };
  for (let i = 0; i < drawings.length; i += DRAWN_AT_ONCE) {
    await Promise.all(drawings.slice(i, i + DRAWN_AT_ONCE).map(drawOne));
    talk.status(progressBar('drawing', (i + DRAWN_AT_ONCE) / drawings.length));
  }
  talk.clear();
  const used = new Set(detections.filter(({ score }) => score >= least).map(({ category_id }) => category_id));
  const boxed = model.categories.filter(({ id, name }) => used.has(id) && textLine(name).missing.length > 0);
  if (boxed.length > 0) {
    const names = boxed.map(({ name }) => `'${name}' (${textLine(name).missing.join(' ')})`);
    talk.warn(`The fonts at hand lack letters of class names; boxes stand for them: ${names.join(', ')}.`);
  }
  return { drawn: drawings.length - failed.length, failed };
}
