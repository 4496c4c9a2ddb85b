/** What the ids of a file of detections mean: a file beside it, as COCO's results have ids alone. */
import { readFile } from 'node:fs/promises';
import type { Category, CocoDetection, Dataset, ImageRecord } from '@sed/datasets-coco';
import { isJsonList } from './refuse.ts';
import { isDevice, writeJson } from './write-whole.ts';

/** COCO's own form, so that it can also be given as annotations. */
interface IdList {
  readonly info: { readonly description: string };
  readonly images: readonly { readonly id: number; readonly file_name: string }[];
  readonly categories: readonly Category[];
}

const DESCRIPTION = 'sed-cli predict: what the ids of the detections beside this file mean';

/** `found.images.json` of `found.json`. */
export const idListOf = (detections: string): string => `${detections.replace(/\.json$/i, '')}.images.json`;

/** Whether a file is one of these, by its beginning; older ones were plain lists. */
export const isIdList = (head: Buffer): boolean => head.includes(DESCRIPTION) || isJsonList(head);

/** Nothing is written beside a device. */
export async function writeIdList(
  path: string,
  images: readonly Pick<ImageRecord, 'id' | 'fileName'>[],
  categories: readonly Category[],
): Promise<void> {
  if (isDevice(path)) return;
  const list: IdList = {
    info: { description: DESCRIPTION },
    images: images.map(({ id, fileName }) => ({ id, file_name: fileName })),
    categories: categories.map(({ id, name }) => ({ id, name })),
  };
  await writeJson(path, list);
}

/**
 * Holds the list beside a file of detections, where there is one, against the ground truth.
 * @param load reads the detections of `file`
 * @throws Error that shows an image or class that the two number differently: every number of an evaluation would be
 *   wrong
 */
export async function checkIdList(
  file: string,
  load: () => Promise<readonly CocoDetection[]>,
  { images, categories, source }: Pick<Dataset, 'images' | 'categories' | 'source'>,
): Promise<void> {
  const path = idListOf(file);
  const list = await readIdList(path);
  if (list === undefined) return;
  const detections = await load();
  const seen = {
    images: new Set(detections.map(({ image_id }) => image_id)),
    categories: new Set(detections.map(({ category_id }) => category_id)),
  };
  const nameOf = new Map(images.map(({ id, fileName }) => [id, fileName]));
  const classOf = new Map(categories.map(({ id, name }) => [id, name]));
  const differences = [
    ...list.images
      .filter(({ id, file_name }) => seen.images.has(id) && lastPart(nameOf.get(id)) !== lastPart(file_name))
      .map(({ id, file_name }) => `image ${id} is ${quoted(file_name)}, there ${quoted(nameOf.get(id))}`),
    ...list.categories
      .filter(({ id, name }) => seen.categories.has(id) && plain(classOf.get(id)) !== plain(name))
      .map(({ id, name }) => `category ${id} is ${quoted(name)}, there ${quoted(classOf.get(id))}`),
  ];
  if (differences.length === 0) return;
  const shown = differences.slice(0, 4).join('; ') + (differences.length > 4 ? `; … (${differences.length})` : '');
  throw new Error(
    `${file} and ${source} number images or classes differently. By ${path} ${shown}.\n` +
      `→ detect again with the ids of that file (predict --annotations), or remove ${path} where it does not belong to these detections.`,
  );
}

async function readIdList(path: string): Promise<IdList | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (!text?.includes(DESCRIPTION)) return undefined;
  try {
    const list = JSON.parse(text) as IdList;
    return Array.isArray(list.images) && Array.isArray(list.categories) ? list : undefined;
  } catch {
    return undefined;
  }
}

/** A name, case and the ways to write a letter apart. */
const plain = (name: string | undefined): string | undefined => name?.normalize('NFC').toLowerCase();
/** What a file name ends in: folders may be given or not. */
const lastPart = (name: string | undefined): string | undefined => plain(name)?.split(/[/\\]/).at(-1);

const quoted = (name: string | undefined): string => (name === undefined ? 'nothing' : JSON.stringify(name));
