import { readFile } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { quote } from '../sources/names.ts';
import type { Annotation, Dataset } from '../types.ts';
import { outputNames } from './output-names.ts';
import { filesOfImages, placedIn, placeImages, writeImageList } from './place-images.ts';
import { refuseOutside } from './check-images.ts';
import { refuseExisting } from './set-name.ts';
import type { WriteSetOptions, WrittenSet } from './types.ts';
import { wholeSet, type Claim } from './unfinished.ts';
import { writeList, writeWhole } from './write-file.ts';

/**
 * Digits behind the point: a corner comes back within 0.75·10⁻⁸ of the image's side, so within 0.001 px in images of up
 * to 65,535 px, which is JPEG's limit.
 */
const DIGITS = 8;

const SETS = ['train', 'val', 'test'];

/**
 * Writes a data set as YOLO: `data.yaml`, `images/<set>` and `labels/<set>`. The yaml has no `path`, so that the folder
 * can be moved. A row is `class cx cy w h` with eight digits: corners come back within 0.001 px. Boxes are cut to the
 * image, as values above 1 are refused by Ultralytics. Crowds and difficult objects are left out, as its own converters
 * do; COCO's ids have no place in YOLO: class 0 is the first category.
 *
 * @throws Error where the set is there already, or the folder has a yaml of other classes
 */
export async function writeYolo(dataset: Dataset, folder: string, options: WriteSetOptions = {}): Promise<WrittenSet> {
  const { set = 'train', imageFiles = 'copy' } = options;
  if (!SETS.includes(set)) throw new Error(`The set '${set}' is none that YOLO has: ${SETS.join(', ')}.`);
  const root = resolve(folder);
  const file = join(root, 'data.yaml');
  const names = dataset.categories.map(({ name }) => name);
  const sets = await setsBefore(file, names, set);
  await refuseOutside(dataset, imageFiles);
  const isFinished = () => Promise.resolve(set in sets);
  return wholeSet(root, set, isFinished, (claim) => write(dataset, root, sets, options, claim));
}

async function write(
  dataset: Dataset,
  root: string,
  sets: Readonly<Record<string, unknown>>,
  options: WriteSetOptions,
  claim: Claim,
): Promise<WrittenSet> {
  const { set = 'train', imageFiles = 'copy' } = options;
  const file = join(root, 'data.yaml');
  const names = dataset.categories.map(({ name }) => name);
  const labels = join(root, 'labels', set);
  await refuseExisting(labels, set);
  const outputs = outputNames(dataset.images);
  const placed = placedIn(join(root, 'images', set), dataset.images, outputs);
  const labelOf = (i: number) => join(labels, `${(outputs[i] as (typeof outputs)[number]).name}.txt`);
  await claim([...filesOfImages(placed, root, options), ...placed.map((_, i) => labelOf(i))]);
  const left = { crowds: 0, difficult: 0, outside: 0 };
  let count = 0;
  let clipped = 0;
  await placeImages(
    placed,
    async ({ image }, size, i) => {
      const rows: string[] = [];
      for (const annotation of image.annotations) {
        if (annotation.crowd) left.crowds++;
        else if (annotation.difficult) left.difficult++;
        else {
          const { row, cut } = rowOf(annotation, size);
          if (cut) clipped++;
          if (row === undefined) left.outside++;
          else rows.push(row);
        }
      }
      count += rows.length;
      await writeWhole(labelOf(i), rows.join(''));
    },
    options,
  );
  const remarks: string[] = [];
  if (left.crowds > 0) remarks.push(`${left.crowds} crowds are left out: YOLO has no crowds.`);
  if (left.difficult > 0) remarks.push(`${left.difficult} difficult objects are left out: YOLO has no such flag.`);
  if (left.outside > 0) remarks.push(`${left.outside} boxes of no size, or outside of their image, are left out.`);
  if (clipped > 0) remarks.push(`${clipped} boxes that reach out of their image are cut to it.`);
  const gifs = placed.filter(({ target }) => extname(target) === '.gif').length;
  if (gifs > 0) remarks.push(`${gifs} images are GIFs, which Ultralytics does not read.`);
  if (imageFiles === 'none') remarks.push(await writeImageList(placed, root, set));
  const all = { ...sets, [set]: `images/${set}` };
  const missing = ['train', 'val'].filter((name) => !(name in all));
  if (missing.length > 0)
    remarks.push(`Ultralytics wants train and val: ${missing.join(' and ')} is still to be written.`);
  const ordered = Object.fromEntries(SETS.filter((name) => name in all).map((name) => [name, all[name]]));
  await writeList(file, stringify({ ...ordered, names: new Map(names.entries()) }));
  return { images: placed.length, annotations: count, file, remarks };
}

/** The sets that a yaml has already. */
async function setsBefore(file: string, names: readonly string[], set: string): Promise<Record<string, unknown>> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return {};
  const yaml = parse(text) as Record<string, unknown> | null;
  const theirs = Object.values((yaml?.['names'] ?? {}) as Record<string, string>).map(String);
  if (theirs.length !== names.length || theirs.some((name, i) => name !== names[i])) {
    throw new Error(
      `${file} has other classes (${quote(theirs, 6)}) than the set '${set}' (${quote(names, 6)}): sets of one folder share them, in one order. Name them with classes.`,
    );
  }
  return Object.fromEntries(SETS.filter((name) => yaml?.[name] !== undefined).map((name) => [name, yaml?.[name]]));
}

function rowOf(
  { bbox: [x, y, w, h], category }: Annotation,
  { width, height }: { readonly width: number; readonly height: number },
): { row: string | undefined; cut: boolean } {
  const [left, top] = [Math.max(0, x), Math.max(0, y)];
  const [right, bottom] = [Math.min(width, x + w), Math.min(height, y + h)];
  const cut = left !== x || top !== y || right !== x + w || bottom !== y + h;
  if (!(right > left) || !(bottom > top)) return { row: undefined, cut: false };
  const values = [
    (left + right) / 2 / width,
    (top + bottom) / 2 / height,
    (right - left) / width,
    (bottom - top) / height,
  ];
  return { row: `${category} ${values.map(digits).join(' ')}\n`, cut };
}

const digits = (value: number): string => value.toFixed(DIGITS).replace(/\.?0+$/, '');
