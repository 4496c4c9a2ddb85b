import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { isImageName, isXml } from '../folder/extensions.ts';
import type { Problems } from '../problems.ts';
import type { VocYear } from './layout.ts';

/** The files of a year's folders, listed once. */
export interface VocListing {
  readonly year: VocYear;
  /** The annotation files by their names, without `.xml`. */
  readonly annotations: ReadonlyMap<string, string>;
  readonly images: ReadonlySet<string>;
  /** The image files of a name. */
  readonly imagesOf: ReadonlyMap<string, readonly string[]>;
}

/** @throws Error where the folder of the images cannot be listed */
export async function listVoc(year: VocYear, imagesNeeded: boolean): Promise<VocListing> {
  const annotations = await readdir(year.annotations).catch(() => []);
  const folder = year.images;
  const images = await readdir(folder).catch((cause: Error) => {
    if (!imagesNeeded) return [];
    throw new Error(`${folder} does not exist or cannot be read: VOC's images are there.`, { cause });
  });
  const imagesOf = new Map<string, string[]>();
  for (const file of images.sort()) {
    if (!isImageName(file)) continue;
    const name = file.slice(0, -extname(file).length);
    const list = imagesOf.get(name);
    if (list) list.push(file);
    else imagesOf.set(name, [file]);
  }
  return {
    year,
    annotations: new Map(
      annotations.filter((file) => isXml(file)).map((file) => [file.slice(0, -4), join(year.annotations, file)]),
    ),
    images: new Set(images),
    imagesOf,
  };
}

/**
 * The image file of a name: the one that `<filename>` names, else `name.jpg` or whatever image has that name. Where
 * both are there and differ, it is a problem: VOC's own readers go by the name, others by `<filename>`, and one of them
 * is wrong.
 *
 * @returns undefined where the image is to be left out; a problem was added
 */
export function findImage(
  name: string,
  fileName: string | undefined,
  listing: VocListing,
  xml: string,
  problems: Problems,
): string | undefined {
  const own = listing.imagesOf.get(name) ?? [];
  const stated = fileName?.split(/[\\/]/).at(-1);
  if (stated !== undefined && listing.images.has(stated)) {
    if (own.length === 0 || own.includes(stated)) return stated;
    problems.add({
      file: xml,
      at: 'filename',
      found: `names ${stated}, but there is ${own.join(' and ')} beside it`,
      kind: 'annotations that may be of another image',
      advice: 'correct <filename>, or leave it out to go by the name of the XML file',
      skips: 'image',
    });
    return undefined;
  }
  if (own.length === 1) return own[0];
  const jpeg = own.find((file) => file === `${name}.jpg`);
  if (jpeg !== undefined) return jpeg;
  const folder = listing.year.images;
  const looked =
    stated === undefined || stated === `${name}.jpg`
      ? `${name}.jpg (or .png, …)`
      : `${stated} or ${name}.jpg (or .png, …)`;
  problems.add({
    file: xml,
    at: fileName === undefined ? '' : 'filename',
    found: own.length > 1 ? `${own.join(' and ')} are both in ${folder}` : `${looked} is not in ${folder}`,
    kind: own.length > 1 ? 'names with several images' : 'images that are missing',
    advice:
      own.length > 1
        ? 'say in <filename> which one it is'
        : 'put the images there, or take their names out of the image set',
    skips: 'image',
  });
  return undefined;
}
