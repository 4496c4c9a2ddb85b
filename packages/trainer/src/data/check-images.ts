/** Reads image files before the first step: what would stop a run after hours stops it now, with the names of the files. */
import { checkSize, decodeImage, imageSize, prefetch, type Dataset, type ImageRecord } from '@sed/datasets-coco';
import type { RunData } from './open.ts';

export interface CheckOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (done: number, images: number) => void;
}

/** Files that are read at a time. */
const AT_ONCE = 8;
/** Files that a message names. */
const SHOWN = 5;
/** Data sets up to this size are decoded to the end (about 5 ms an image); of larger ones the headers are read. */
const DECODED = 20_000;

/**
 * Reads the images of a run. Labeled and validation images must be whole and of the size that their annotations state. Unlabeled
 * ones must have a header that can be read, or a step that meets them takes others; their sizes are put into the data.
 * @returns the data with the sizes of all images, and what the user should know in `notes`; where `signal` stops it, the data as it was
 * @throws Error that names files and what is wrong with each
 */
export async function checkImages(data: RunData, options: CheckOptions = {}): Promise<RunData> {
  const parts = [
    { name: 'data.labeled', dataset: data.labeled, required: true },
    { name: 'data.validation', dataset: data.validation, required: true },
    ...(data.unlabeled ? [{ name: 'data.unlabeled', dataset: data.unlabeled, required: false }] : []),
  ];
  const images = parts.reduce((n, { dataset }) => n + dataset.images.length, 0);
  const notes = [...data.notes];
  let unlabeled = data.unlabeled;
  let done = 0;
  for (const { name, dataset, required } of parts) {
    const read = required && dataset.images.length <= DECODED ? decodeImage : imageSize;
    const problems: string[] = [];
    const measured: ImageRecord[] = [];
    const work = (image: ImageRecord) =>
      measure(image, read, required).then(
        (size) => ({ image, size }),
        (error: Error) => ({ image, error }),
      );
    for await (const found of prefetch(dataset.images, work, { ahead: AT_ONCE })) {
      if (options.signal?.aborted) return data;
      if ('error' in found) problems.push(found.error.message);
      measured.push('size' in found ? { ...found.image, ...found.size } : found.image);
      options.onProgress?.(++done, images);
    }
    if (problems.length > 0 && (required || problems.length === dataset.images.length)) {
      throw new Error(
        `"${name}": ${summary(problems, dataset)}\n→ repair or replace the files, or take them out of the data set.`,
      );
    }
    if (problems.length > 0) {
      notes.push(`"${name}": ${summary(problems, dataset)}\nSteps that would meet them take other images.`);
    }
    if (!required) unlabeled = { ...dataset, images: measured };
  }
  return { ...data, unlabeled, notes };
}

async function measure(
  image: ImageRecord,
  read: (path: string) => Promise<{ width: number; height: number }>,
  annotated: boolean,
): Promise<{ width: number; height: number }> {
  const { width, height } = await read(image.path);
  if (annotated) checkSize(image, { width, height });
  return { width, height };
}

function summary(problems: readonly string[], { images }: Pick<Dataset, 'images'>): string {
  const shown = problems.slice(0, SHOWN).map((p) => `  ${p}`);
  const more = problems.length > SHOWN ? [`  … and ${problems.length - SHOWN} more`] : [];
  return [`${problems.length} of ${images.length} images cannot be used:`, ...shown, ...more].join('\n');
}
