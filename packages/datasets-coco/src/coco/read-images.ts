import { basename, resolve } from 'node:path';
import type { Annotation, ImageRecord } from '../types.ts';
import { show, type Problems } from '../problems.ts';
import { isUnknownSize } from '../image/known-sizes.ts';
import { badId, duplicate, isId, isObject, notObject, type Fields } from './faults.ts';

/** An image whose annotations are still to come, and the file that names it. */
export interface OpenImage {
  readonly record: ImageRecord & { readonly annotations: Annotation[]; beyond?: Annotation['bbox'][] };
  readonly file: string;
}

/** The images of one file: those that can be used by id, and the ids of those that cannot. */
export interface ReadImages {
  readonly images: Map<number, OpenImage>;
  readonly leftOut: ReadonlySet<number>;
}

/**
 * Reads the list `images`. Two images of one id are both left out: nobody can say whose the boxes are.
 *
 * @param namesNeeded false where no image is opened: one without a file name is then called by its id
 */
export function readImages(
  raw: readonly unknown[],
  folder: string,
  known: ReadonlyMap<number, OpenImage>,
  file: string,
  problems: Problems,
  namesNeeded = true,
): ReadImages {
  const images = new Map<number, OpenImage>();
  const leftOut = new Set<number>();
  const position = new Map<number, number>();
  if (raw.length === 0) {
    problems.add({
      file,
      at: 'images',
      found: 'the list is empty',
      kind: 'empty list',
      advice: 'a data set needs at least one image',
      skips: 'file',
    });
  }
  raw.forEach((entry, i) => {
    const at = `images[${i}]`;
    if (!isObject(entry)) {
      problems.leaveOut('images');
      return void problems.add({ file, ...notObject(at, entry, 'images', 'image') });
    }
    const { id, width, height } = entry;
    const stated = entry['file_name'] ?? nameInUrl(entry, folder) ?? entry['file_name'];
    const fileName = namesNeeded || (typeof stated === 'string' && stated !== '') ? stated : String(id);
    if (!isId(id)) {
      problems.leaveOut('images');
      return void problems.add({ file, ...badId(`${at}.id`, id, 'image', 'image') });
    }
    const earlier = position.get(id);
    if (earlier !== undefined) {
      problems.leaveOut('images');
      problems.add({ file, ...duplicate(`${at}.id`, id, `images[${earlier}]`, 'image', 'image') });
      if (images.get(id)?.record.fileName !== fileName && images.delete(id)) {
        problems.leaveOut('images');
        leftOut.add(id);
      }
      return;
    }
    position.set(id, i);
    const before = problems.count;
    checkFields(at, id, fileName, width, height, known.get(id), file, problems);
    if (problems.count > before) {
      problems.leaveOut('images');
      leftOut.add(id);
      return;
    }
    const name = fileName as string;
    const sizeKnown = !isUnknownSize(width) && !isUnknownSize(height);
    const size = sizeKnown ? { width: width as number, height: height as number } : {};
    images.set(id, { record: { id, path: resolve(folder, name), fileName: name, ...size, annotations: [] }, file });
  });
  return { images, leftOut };
}

/**
 * Where there is no file name, as in LVIS: the folder and the name at the end of COCO's URL
 * (`train2017/000000391895.jpg`), the name alone where the images folder is that one.
 */
function nameInUrl(entry: Fields, folder: string): string | undefined {
  for (const url of [entry['coco_url'], entry['flickr_url']]) {
    const parts = typeof url === 'string' ? /([^/]+)\/([^/?#]+)(?:[?#].*)?$/.exec(url) : null;
    if (parts === null || /^\.\.?$/.test(parts[1] as string)) continue;
    const [, parent, name] = parts as unknown as [string, string, string];
    return parent === basename(resolve(folder)) || url !== entry['coco_url'] ? name : `${parent}/${name}`;
  }
  return undefined;
}

function checkFields(
  at: string,
  id: number,
  fileName: unknown,
  width: unknown,
  height: unknown,
  elsewhere: OpenImage | undefined,
  file: string,
  problems: Problems,
): void {
  if (elsewhere !== undefined) {
    problems.add({
      file,
      at: `${at}.id`,
      found: `${id} is also the id of '${elsewhere.record.fileName}' in ${elsewhere.file}`,
      kind: 'image ids in two files',
      advice: 'files that are loaded together need different image ids; number the images of one file anew',
      skips: 'image',
    });
    return;
  }
  if (typeof fileName !== 'string' || fileName === '') {
    problems.add({
      file,
      at: `${at}.file_name`,
      found: `found ${show(fileName)}`,
      kind: 'images without a file name',
      advice: "file_name is the image's path relative to the images folder",
      skips: 'image',
    });
    return;
  }
  for (const [key, value] of [
    ['width', width],
    ['height', height],
  ] as const) {
    if (isUnknownSize(value) || (Number.isSafeInteger(value) && (value as number) > 0)) continue;
    problems.add({
      file,
      at: `${at}.${key}`,
      found: `found ${show(value)} (image id ${id}, ${fileName})`,
      kind: 'image sizes that are no positive whole numbers',
      advice:
        'width and height are the size in pixels of the image file; leave both out if they are not known, or write null, 0 or -1',
      skips: 'image',
    });
  }
}
