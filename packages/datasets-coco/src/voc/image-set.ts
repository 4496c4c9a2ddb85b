import type { Problems } from '../problems.ts';
import { show } from '../problems.ts';
import { readText } from '../sources/read-text.ts';

/** Bytes; VOC's largest list has 0.3 MB. */
const LIMIT = 64 * 2 ** 20;

/**
 * The names that an image set lists, one a line. A list of one class (`cat_train.txt`: a name and -1, 0 or 1 a line) is none: its
 * images are those of the whole set, and taking only some would turn the others' objects into background.
 *
 * @throws Error where the file cannot be read or is a list of one class
 */
export async function readImageSet(file: string, problems: Problems): Promise<string[]> {
  const text = await readText(file, LIMIT).catch((cause: Error) => {
    throw new Error(`${file}: ${cause.message}.`, { cause });
  });
  const lines = text.split(/\r\n|\n|\r/);
  const filled = lines.filter((line) => line.trim() !== '');
  if (filled.length > 0 && filled.every((line) => /^\s*\S+\s+(?:-1|0|1)\s*$/.test(line))) {
    const base = /_([^_/\\]+)\.txt$/.exec(file)?.[1];
    throw new Error(
      `${file} is the list of one class: each line is a name and -1, 0 or 1. Name the set of all images` +
        `${base === undefined ? '' : `, here probably '${base}'`}; which classes are used is another setting.`,
    );
  }
  if (filled.length === 0) {
    problems.add({
      file,
      at: '',
      found: 'the list is empty',
      kind: 'empty image sets',
      advice: 'an image set has the name of an image (its file without the extension) on each line',
      skips: 'nothing',
    });
  }
  const names: string[] = [];
  const firstLine = new Map<string, number>();
  lines.forEach((line, i) => {
    const name = line.trim();
    if (name === '') return;
    const at = `line ${i + 1}`;
    const earlier = firstLine.get(name);
    if (earlier !== undefined) {
      problems.add({
        file,
        at,
        found: `${show(name)} is on line ${earlier} already`,
        kind: 'names that are listed twice',
        advice: 'list every image once',
        skips: 'nothing',
      });
      return;
    }
    firstLine.set(name, i + 1);
    if (name.split(/[\\/]/).includes('..') || name.includes('\0')) {
      problems.add({
        file,
        at,
        found: `${show(name)} is no name`,
        kind: 'names that are no names of images',
        advice: 'an image set has the name of an image (its file without the extension) on each line',
        skips: 'image',
      });
      problems.leaveOut('images');
      return;
    }
    names.push(name);
  });
  return names;
}
