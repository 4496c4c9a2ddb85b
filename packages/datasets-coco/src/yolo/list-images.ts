import { stat } from 'node:fs/promises';
import { dirname, extname, resolve, sep } from 'node:path';
import { isFile } from '../folder/exists.ts';
import { IMAGE_EXTENSIONS, isImageName, otherPicture } from '../folder/extensions.ts';
import { walkFolder } from '../folder/walk-folder.ts';
import { show, type Problems } from '../problems.ts';
import { readText } from '../sources/read-text.ts';

/** Bytes; the list of COCO's 118,287 images has 4 MB. */
const LIMIT = 256 * 2 ** 20;

/**
 * The image files of a set's entries, sorted, each once. A folder is searched with its subfolders. In a text file a
 * line is an image: `./…` is relative to the text file, as in Ultralytics, and so are other relative paths, or to the
 * data set's root where they exist only there.
 */
export async function listImages(entries: readonly string[], root: string, problems: Problems): Promise<string[]> {
  const found = new Set<string>();
  for (const entry of entries) {
    const stats = await stat(entry);
    if (stats.isDirectory()) {
      const images = (await walkFolder(entry)).filter(isImageName);
      if (images.length === 0) {
        problems.add({
          file: entry,
          at: '',
          found: 'no image in this folder',
          kind: 'folders without images',
          advice: `images are files with ${IMAGE_EXTENSIONS.map((e) => `.${e}`).join(' ')}`,
          skips: 'nothing',
        });
      }
      for (const image of images) found.add(image);
    } else for (const image of await readList(entry, root, problems)) found.add(image);
  }
  return [...found].sort((a, b) => (a < b ? -1 : 1));
}

async function readList(file: string, root: string, problems: Problems): Promise<string[]> {
  const text = await readText(file, LIMIT).catch((cause: Error) => {
    throw new Error(`${file}: ${cause.message}.`, { cause });
  });
  const images: string[] = [];
  const fault = (line: number, found: string, kind: string, advice: string) => {
    problems.add({ file, at: `line ${line}`, found, kind, advice, skips: 'image' });
    problems.leaveOut('images');
  };
  for (const [i, raw] of text.split(/\r\n|\n|\r/).entries()) {
    const line = raw.trim();
    if (line === '') continue;
    if (!isImageName(line)) {
      fault(
        i + 1,
        `${show(line)} is ${otherPicture(line) ?? 'no image'}${otherPicture(line) === undefined ? '' : ', which is not read here; convert it to PNG or JPEG'}`,
        'lines that name no image',
        'the text file of a set has the path of an image on each line',
      );
      continue;
    }
    const path = resolve(dirname(file), line.split('/').join(sep));
    const below = resolve(root, line.split('/').join(sep));
    if (await isFile(path)) images.push(path);
    else if (await isFile(below)) images.push(below);
    else
      fault(
        i + 1,
        `${show(line)} does not exist (looked for ${path})`,
        'images that are missing',
        'put the images there, or take them out of the list',
      );
  }
  return images;
}

/**
 * Where the labels of an image are: the last folder `images` of its path becomes `labels`, and the extension `.txt`;
 * without such a folder they are beside the image (`img2label_paths` of Ultralytics).
 */
export function labelPath(image: string): string {
  const folder = `${sep}images${sep}`;
  const at = image.lastIndexOf(folder);
  const moved = at < 0 ? image : `${image.slice(0, at)}${sep}labels${sep}${image.slice(at + folder.length)}`;
  return `${moved.slice(0, moved.length - extname(moved).length)}.txt`;
}
