import { extname } from 'node:path';
import { isImageName, isXml } from '../folder/extensions.ts';
import { show, type Problems } from '../problems.ts';
import { readText } from '../sources/read-text.ts';

/** Bytes; VOC's largest list has 0.3 MB. */
const LIMIT = 64 * 2 ** 20;

/** The end of a line of a list of one class: a name and -1, 0 or 1. */
const ONE_CLASS = /\s(?:-1|0|1)$/;
/** Longest line that is looked at as a pair of paths. */
const LONGEST_PAIR = 4096;

/**
 * The names that an image set lists, one a line. A list of one class (`cat_train.txt`: a name and -1, 0 or 1 a line) is
 * none: its images are those of the whole set, and taking only some would turn the others' objects into background.
 * Names that stand with an extension or a folder, and the pairs of PaddleDetection (an image and its XML a line), are
 * taken for the names that they mean, with a note.
 *
 * @param known the names that the folders have, without extensions
 * @throws Error where the file cannot be read or is a list of one class
 */
export async function readImageSet(
  file: string,
  known: ReadonlySet<string>,
  problems: Problems,
  notes: Problems,
): Promise<string[]> {
  const text = await readText(file, LIMIT).catch((cause: Error) => {
    throw new Error(`${file}: ${cause.message}.`, { cause });
  });
  const lines = text.split(/\r\n|\n|\r/).map((line) => line.trim());
  const filled = lines.filter((line) => line !== '');
  // `a 0` and `a 1` may be names
  if (filled.length > 0 && filled.every((line) => ONE_CLASS.test(line) && !known.has(line))) {
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
    if (line === '') return;
    const at = `line ${i + 1}`;
    const meant = known.has(line) ? undefined : meantBy(line, known);
    if (meant !== undefined) notes.add({ file, at, ...meant.note });
    const name = meant?.name ?? line;
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

const ADVICE = 'an image set of VOC has the names alone: other readers do not find these';

/**
 * The name that a line without one means: `a.jpg`, `JPEGImages/a.jpg` and `JPEGImages/a.jpg Annotations/a.xml` mean
 * `a`, where it is known.
 */
function meantBy(line: string, known: ReadonlySet<string>) {
  const pair = line.length > LONGEST_PAIR ? null : /^(.*\S)\s+(\S.*\.xml)$/i.exec(line);
  const [first, second] = pair === null ? [bare(line)] : [bare(pair[1] as string), bare(pair[2] as string)];
  const isPair = second !== undefined && first === second;
  const name = isPair ? first : bare(line);
  if (!known.has(name)) return undefined;
  const note = {
    found: `${show(line)} is taken for '${name}', whose files are there`,
    kind: isPair
      ? 'pairs of an image and its annotation, as PaddleDetection lists them'
      : 'names with an extension or a folder',
    advice: ADVICE,
    skips: 'nothing' as const,
  };
  return { name, note };
}

/** Without folders and the extension of an image or an XML file. */
function bare(path: string): string {
  const file = path.split(/[\\/]/).at(-1) as string;
  return isImageName(file) || isXml(file) ? file.slice(0, -extname(file).length) : file;
}
