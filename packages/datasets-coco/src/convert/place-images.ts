import { constants, copyFile, mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { imageSize } from '../image/decode.ts';
import { prefetch } from '../image/prefetch.ts';
import type { ImageRecord } from '../types.ts';
import type { WriteSetOptions } from './types.ts';

/** Files at a time. */
const AHEAD = 16;

/** An image and the file that it becomes. */
export interface Placed {
  readonly image: ImageRecord;
  /** Absolute path of its copy or link. */
  readonly target: string;
}

/**
 * Copies the images, or links to them, and writes what belongs to each. A file that is there already is never written over.
 *
 * @param write gets the image with its size
 */
export async function placeImages(
  placed: readonly Placed[],
  write: (item: Placed, size: { readonly width: number; readonly height: number }, index: number) => Promise<void>,
  options: WriteSetOptions,
): Promise<void> {
  const { imageFiles = 'copy', signal, onProgress } = options;
  let done = 0;
  const folders = new Set<string>();
  const work = async (item: Placed, index: number) => {
    const { image, target } = item;
    const size =
      image.width !== undefined && image.height !== undefined
        ? { width: image.width, height: image.height }
        : await imageSize(image.path);
    if (imageFiles !== 'none') {
      const folder = dirname(target);
      if (!folders.has(folder)) {
        await mkdir(folder, { recursive: true });
        folders.add(folder);
      }
      if (imageFiles === 'link') await symlink(image.path, target);
      else await copyFile(image.path, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    }
    await write(item, size, index);
  };
  for await (const _ of prefetch(placed, work, { ahead: AHEAD, ...(signal === undefined ? {} : { signal }) })) {
    onProgress?.(++done, placed.length);
  }
}

/** With `imageFiles: 'none'`: which image is which, a line each, so that nothing is lost. */
export async function writeImageList(placed: readonly Placed[], folder: string, set: string): Promise<string> {
  const file = join(folder, `images-${set}.tsv`);
  await writeFile(file, placed.map(({ image, target }) => `${target}\t${image.path}\n`).join(''));
  return `The images are not there: ${file} has, for each, where it belongs and where it is.`;
}

/** Names, without extensions, that sets written before have in the folder of images or in a list. */
export async function takenNames(root: string, images: string): Promise<string[]> {
  const files = await readdir(images).catch((): string[] => []);
  for (const list of await readdir(root)) {
    if (!/^images-.*\.tsv$/.test(list)) continue;
    const lines = (await readFile(join(root, list), 'utf8')).split('\n');
    files.push(...lines.filter((line) => line !== '').map((line) => basename(line.split('\t')[0] as string)));
  }
  return files.map((name) => name.replace(/\.[^.]*$/, ''));
}
