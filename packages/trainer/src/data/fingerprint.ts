/** What the data of a run was, image by image, so that a run that goes on can tell whether it still is. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import type { Dataset, ImageRecord } from '@sed/datasets-coco';
import { createLimit } from '../pipeline/limit.ts';
import type { RunData } from './open.ts';

/** Files whose size is asked for at a time. */
const AT_ONCE = 32;

/** `[name, bytes, boxes, hash of the boxes]`; the size is -1 where the file cannot be looked at. */
export type ImagePrint = readonly [name: string, bytes: number, boxes: number, hash: string];

/** One part of the data: its images in the order in which they are drawn from. */
export interface PartPrint {
  /** Boxes by class name. */
  readonly classes: Readonly<Record<string, number>>;
  readonly images: readonly ImagePrint[];
}

/** Where the files are does not count, so that data that was moved has the print it had. */
export interface DataPrint {
  readonly labeled: PartPrint;
  readonly unlabeled?: PartPrint;
  readonly validation: PartPrint;
}

/** The print of opened data: names and sizes of the image files, boxes with their class names. No image is read. */
export async function fingerprint({ labeled, unlabeled, validation }: RunData): Promise<DataPrint> {
  return {
    labeled: await partPrint(labeled),
    ...(unlabeled ? { unlabeled: await partPrint(unlabeled) } : {}),
    validation: await partPrint(validation),
  };
}

async function partPrint({ images, categories }: Dataset): Promise<PartPrint> {
  const names = categories.map(({ name }) => name);
  const counts = new Map(names.map((name) => [name, 0]));
  for (const { annotations } of images) {
    for (const { category } of annotations) counts.set(names[category]!, counts.get(names[category]!)! + 1);
  }
  const limited = createLimit(AT_ONCE);
  const bytes = await Promise.all(images.map(({ path }) => limited(() => sizeOf(path))));
  return {
    classes: Object.fromEntries(counts),
    images: images.map((image, i) => [image.fileName, bytes[i]!, image.annotations.length, boxesHash(image, names)]),
  };
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return -1;
  }
}

/** 64 bits are enough to tell a change; nobody forges labels against himself. */
function boxesHash({ annotations }: ImageRecord, names: readonly string[]): string {
  if (annotations.length === 0) return '';
  const hash = createHash('sha256');
  for (const { bbox, category, crowd, difficult } of annotations) {
    hash.update(JSON.stringify([names[category], ...bbox, crowd, difficult === true]));
  }
  return hash.digest('hex').slice(0, 16);
}
