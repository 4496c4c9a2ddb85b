import { mkdir, readFile, readdir, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { imageSize, type ImageSize } from '../image/decode.ts';
import { prefetch } from '../image/prefetch.ts';
import type { ImageRecord } from '../types.ts';
import type { OutputName } from './output-names.ts';
import type { WriteSetOptions } from './types.ts';
import { copyWhole, writeWhole } from './write-file.ts';

/** Files at a time. */
const AHEAD = 16;

/** An image and the file that it becomes. */
export interface Placed {
  readonly image: ImageRecord;
  /** Absolute path of its copy or link. */
  readonly target: string;
}

/** Each image in one folder, under the name that it gets there. */
export const placedIn = (folder: string, images: readonly ImageRecord[], names: readonly OutputName[]): Placed[] =>
  images.map((image, i) => {
    const { name, extension } = names[i] as OutputName;
    return { image, target: join(folder, `${name}${extension}`) };
  });

/**
 * Copies the images, or links to them, and writes what belongs to each. What is no image is not copied, whatever its
 * name says.
 *
 * @param write gets the image with its size
 */
export async function placeImages(
  placed: readonly Placed[],
  write: (
    item: Placed,
    size: { readonly width: number; readonly height: number },
    index: number,
  ) => Promise<void> | void,
  options: WriteSetOptions,
): Promise<void> {
  const { imageFiles = 'copy', signal, onProgress } = options;
  let done = 0;
  const folders = new Set<string>();
  const work = async (item: Placed, index: number) => {
    const { image, target } = item;
    const isKnown = image.width !== undefined && image.height !== undefined;
    const found = isKnown && imageFiles !== 'copy' ? undefined : await imageSize(image.path);
    const size = isKnown ? { width: image.width, height: image.height } : (found as ImageSize);
    if (imageFiles !== 'none') {
      const folder = dirname(target);
      if (!folders.has(folder)) {
        await mkdir(folder, { recursive: true });
        folders.add(folder);
      }
      if (imageFiles === 'link') await symlink(image.path, target);
      else await copyWhole(image.path, target);
    }
    await write(item, size, index);
  };
  const running = new Set<Promise<void>>();
  const start = (item: Placed, index: number) => {
    const one = work(item, index).finally(() => running.delete(one));
    running.add(one);
    return one;
  };
  try {
    for await (const _ of prefetch(placed, start, { ahead: AHEAD, ...(signal === undefined ? {} : { signal }) })) {
      onProgress?.(++done, placed.length);
    }
  } finally {
    // what was begun may end after an error of another: who takes the set away then must find all of it
    await Promise.allSettled(running);
  }
}

/** The list of {@link writeImageList}. */
const imageListOf = (folder: string, set: string): string => join(folder, `images-${set}.tsv`);

/** The files that the images of a set become. */
export const filesOfImages = (
  placed: readonly Placed[],
  root: string,
  { set = 'train', imageFiles = 'copy' }: WriteSetOptions,
): string[] => (imageFiles === 'none' ? [imageListOf(root, set)] : placed.map(({ target }) => target));

/** With `imageFiles: 'none'`: which image is which, a line each, so that nothing is lost. */
export async function writeImageList(placed: readonly Placed[], folder: string, set: string): Promise<string> {
  const file = imageListOf(folder, set);
  await writeWhole(file, placed.map(({ image, target }) => `${target}\t${image.path}\n`).join(''));
  return `The images are not there: ${file} has, for each, where it belongs and where it is.`;
}

/** Names, without extensions, that sets written before have in the folder of images or in a list. */
export async function takenNames(root: string, images: string): Promise<string[]> {
  const files = await readdir(images).catch((): string[] => []);
  for (const list of await readdir(root).catch((): string[] => [])) {
    if (!/^images-.*\.tsv$/.test(list)) continue;
    const lines = (await readFile(join(root, list), 'utf8')).split('\n');
    files.push(...lines.filter((line) => line !== '').map((line) => basename(line.split('\t')[0] as string)));
  }
  return files.map((name) => name.replace(/\.[^.]*$/, ''));
}
