import { resolve } from 'node:path';
import type { Annotation, Category, Dataset, ImageRecord } from '../types.ts';
import { Problems, show } from '../problems.ts';
import { checkBox, type BoxPolicy } from './check-box.ts';
import { missingImages } from './missing-images.ts';
import { readJson } from './read-json.ts';

/** What {@link loadCoco} is to read, and how strictly. */
export interface LoadCocoOptions {
  /** One COCO JSON file, or several that are merged (their categories must agree, their image ids must differ). */
  readonly annotations: string | readonly string[];
  /** The folder that `file_name` is relative to. */
  readonly images: string;
  /**
   * What becomes of boxes that are not whole boxes inside their image (not a positive width and height, or more than one pixel
   * outside): `error` (default) throws; `drop` leaves out boxes of no size or wholly outside and cuts the others to the image,
   * and counts both; `keep` takes them as they are, as pycocotools does.
   */
  readonly degenerate?: BoxPolicy;
  /** The images of this JSON carry no labels: `annotations` and `categories` may be absent, and are not read. Default false. */
  readonly unlabeled?: boolean;
}

/** A data set and what was left out of it. */
export interface LoadedDataset extends Dataset {
  /** Boxes left out by `degenerate: 'drop'`. */
  readonly dropped: number;
  /** Boxes cut to their image by `degenerate: 'drop'`. */
  readonly clipped: number;
}

/**
 * Reads a COCO data set: images in id order, categories in id order, annotations of an image in file order, each with the index
 * of its category. Everything is checked first and all problems are reported in one Error, with their JSON paths; image files
 * are looked for but not opened. `area` defaults to w·h and `iscrowd` to 0 where the JSON has none. Annotation ids that occur
 * in several files are numbered anew in the later file.
 *
 * @throws Error that lists what is wrong in the JSON, or which image files are missing and where they may be.
 */
export async function loadCoco(options: LoadCocoOptions): Promise<LoadedDataset> {
  const dataset = await readCoco(options);
  await missingImages(dataset, options.images);
  return dataset;
}

/** {@link loadCoco} without the look for image files: for evaluation, which never opens one. */
export async function readCoco(options: LoadCocoOptions): Promise<LoadedDataset> {
  const files = typeof options.annotations === 'string' ? [options.annotations] : [...options.annotations];
  if (files.length === 0) throw new Error('annotations is an empty list: name at least one COCO JSON file.');
  const state: Merge = {
    categories: undefined,
    images: new Map(),
    annotationIds: new Set(),
    dropped: 0,
    clipped: 0,
  };
  for (const file of files) mergeFile(file, await readJson(file), options, state);
  return {
    source: files.join(' + '),
    categories: state.categories?.list ?? [],
    images: [...state.images.values()].map(({ record }) => record).sort((a, b) => a.id - b.id),
    dropped: state.dropped,
    clipped: state.clipped,
  };
}

interface Merge {
  categories: { file: string; list: Category[] } | undefined;
  images: Map<number, { record: ImageRecord & { annotations: Annotation[] }; file: string }>;
  annotationIds: Set<number>;
  dropped: number;
  clipped: number;
}

type Fields = Record<string, unknown>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isId = (value: unknown): value is number => Number.isSafeInteger(value);

const SHAPE =
  "a COCO file is an object with the lists 'images', 'annotations' and 'categories' (cocodataset.org, data format)";
const IDS = 'ids are whole numbers, each used once in its list; number them anew where the file is written';

function mergeFile(file: string, json: unknown, options: LoadCocoOptions, state: Merge): void {
  if (Array.isArray(json) && isObject(json[0]) && 'score' in json[0]) {
    throw new Error(
      `${file} holds detections (COCO's results format), not annotations: pass the annotations file here.`,
    );
  }
  const problems = new Problems(file);
  if (!isObject(json)) {
    problems.add({ at: 'top level', found: `found ${kindOf(json)}`, kind: 'wrong shape', advice: SHAPE });
    problems.throwIfAny();
    return;
  }
  const unlabeled = options.unlabeled === true;
  const images = list(json, 'images', problems, false);
  const categories = list(json, 'categories', problems, unlabeled);
  const annotations = unlabeled ? [] : list(json, 'annotations', problems, false);
  problems.throwIfAny();

  const indexOf = unlabeled ? new Map<number, number>() : readCategories(file, categories, problems, state);
  const own = readImages(file, images, options.images, problems, state);
  readAnnotations(annotations, own, indexOf, options.degenerate ?? 'error', problems, state);
  problems.throwIfAny();
}

function list(json: Fields, key: string, problems: Problems, optional: boolean): unknown[] {
  const value = json[key];
  if (Array.isArray(value)) return value;
  if (value === undefined && optional) return [];
  const advice =
    key === 'annotations' && value === undefined
      ? "add the list; for a file of unlabeled images load it with 'unlabeled: true'"
      : SHAPE;
  const keys = Object.keys(json).slice(0, 8).join(', ');
  const found =
    value === undefined ? `missing; the file has: ${keys || 'nothing'}` : `found ${kindOf(value)}, not a list`;
  problems.add({ at: key, found, kind: value === undefined ? 'missing list' : 'wrong shape', advice });
  return [];
}

/** Checks a file's categories against those of the files before it; gives the index of each id. */
function readCategories(file: string, raw: unknown[], problems: Problems, state: Merge): Map<number, number> {
  const seen = new Map<number, number>();
  const names = new Map<string, number>();
  const read: Category[] = [];
  raw.forEach((entry, i) => {
    const at = `categories[${i}]`;
    if (!isObject(entry)) return void problems.add(notObject(at, entry));
    const { id, name } = entry;
    if (!isId(id)) return void problems.add(badId(`${at}.id`, id));
    if (typeof name !== 'string' || name.trim() === '') {
      return void problems.add({
        at: `${at}.name`,
        found: `found ${show(name)}`,
        kind: 'categories without a name',
        advice: 'every category needs a name: classes are matched by it',
      });
    }
    const earlier = seen.get(id);
    if (earlier !== undefined) return void problems.add(duplicate(`${at}.id`, id, `categories[${earlier}]`));
    const twin = names.get(name);
    if (twin !== undefined) {
      return void problems.add({
        at: `${at}.name`,
        found: `'${name}' is also the name of categories[${twin}]`,
        kind: 'category names used twice',
        advice: 'give each category a name of its own, or make them one category',
      });
    }
    seen.set(id, i);
    names.set(name, i);
    read.push({ id, name });
  });
  if (raw.length === 0) {
    problems.add({
      at: 'categories',
      found: 'the list is empty',
      kind: 'empty list',
      advice: 'list the classes: [{"id": 1, "name": "…"}, …]',
    });
  }
  read.sort((a, b) => a.id - b.id);
  if (state.categories === undefined) state.categories = { file, list: read };
  else if (problems.count === 0) compareCategories(read, state.categories, problems);
  return new Map(read.map((category, index) => [category.id, index]));
}

function compareCategories(read: Category[], first: { file: string; list: Category[] }, problems: Problems): void {
  const text = (categories: Category[]) => categories.map(({ id, name }) => `${id} ${name}`);
  const mine = text(read);
  const theirs = text(first.list);
  const extra = mine.filter((entry) => !theirs.includes(entry));
  const absent = theirs.filter((entry) => !mine.includes(entry));
  if (extra.length === 0 && absent.length === 0) return;
  const part = (entries: string[]) => (entries.length === 0 ? 'none' : entries.slice(0, 10).join(', '));
  problems.add({
    at: 'categories',
    found: `differ from those of ${first.file}: only here ${part(extra)}; only there ${part(absent)}`,
    kind: 'categories that do not agree',
    advice: 'files that are loaded together need the same categories with the same ids',
  });
}

function readImages(file: string, raw: unknown[], folder: string, problems: Problems, state: Merge): Merge['images'] {
  const own: Merge['images'] = new Map();
  const position = new Map<number, number>();
  if (raw.length === 0) {
    problems.add({
      at: 'images',
      found: 'the list is empty',
      kind: 'empty list',
      advice: 'a data set needs at least one image',
    });
  }
  raw.forEach((entry, i) => {
    const at = `images[${i}]`;
    if (!isObject(entry)) return void problems.add(notObject(at, entry));
    const { id, file_name: fileName, width, height } = entry;
    if (!isId(id)) return void problems.add(badId(`${at}.id`, id));
    const earlier = position.get(id);
    if (earlier !== undefined) return void problems.add(duplicate(`${at}.id`, id, `images[${earlier}]`));
    position.set(id, i);
    const elsewhere = state.images.get(id);
    if (elsewhere !== undefined) {
      return void problems.add({
        at: `${at}.id`,
        found: `${id} is also the id of '${elsewhere.record.fileName}' in ${elsewhere.file}`,
        kind: 'image ids in two files',
        advice: 'files that are loaded together need different image ids; number the images of one file anew',
      });
    }
    if (typeof fileName !== 'string' || fileName === '') {
      return void problems.add({
        at: `${at}.file_name`,
        found: `found ${show(fileName)}`,
        kind: 'images without a file name',
        advice: "file_name is the image's path relative to the images folder",
      });
    }
    const sized = width !== undefined || height !== undefined;
    for (const [key, value] of [
      ['width', width],
      ['height', height],
    ] as const) {
      if (!sized || (Number.isSafeInteger(value) && (value as number) > 0)) continue;
      problems.add({
        at: `${at}.${key}`,
        found: `found ${show(value)} (image id ${id}, ${fileName})`,
        kind: 'image sizes that are no positive whole numbers',
        advice: 'width and height are the size in pixels of the image file; leave out both if they are not known',
      });
    }
    const size = sized ? { width: width as number, height: height as number } : {};
    own.set(id, { record: { id, path: resolve(folder, fileName), fileName, ...size, annotations: [] }, file });
  });
  for (const [id, entry] of own) state.images.set(id, entry);
  return own;
}

function readAnnotations(
  raw: unknown[],
  images: Merge['images'],
  indexOf: Map<number, number>,
  policy: BoxPolicy,
  problems: Problems,
  state: Merge,
): void {
  const position = new Map<number, number>();
  const fresh: { annotation: Annotation; target: Annotation[] }[] = [];
  for (let i = 0; i < raw.length; i++) {
    const entry = raw[i];
    const at = `annotations[${i}]`;
    if (!isObject(entry)) {
      problems.add(notObject(at, entry));
      continue;
    }
    const { id, image_id: imageId, category_id: categoryId } = entry;
    if (!isId(id)) problems.add(badId(`${at}.id`, id));
    else {
      const earlier = position.get(id);
      if (earlier !== undefined) problems.add(duplicate(`${at}.id`, id, `annotations[${earlier}]`));
      else position.set(id, i);
    }
    const image = isId(imageId) ? images.get(imageId)?.record : undefined;
    if (image === undefined) {
      problems.add({
        at: `${at}.image_id`,
        found: `found ${show(imageId)}, which is no id of 'images'`,
        kind: 'unknown image ids',
        advice:
          'every image_id must be the id of an image of the same file; remove annotations of images that were left out',
      });
    }
    const category = isId(categoryId) ? indexOf.get(categoryId) : undefined;
    if (category === undefined) {
      const known = [...indexOf.keys()];
      problems.add({
        at: `${at}.category_id`,
        found: `found ${show(categoryId)}, which is no id of 'categories' (${known.slice(0, 6).join(', ')}${known.length > 6 ? ', …' : ''})`,
        kind: 'unknown category ids',
        advice: "every category_id must be the id (not the position) of an entry of 'categories'",
      });
    }
    const { iscrowd } = entry;
    if (iscrowd !== undefined && iscrowd !== 0 && iscrowd !== 1 && typeof iscrowd !== 'boolean') {
      problems.add({
        at: `${at}.iscrowd`,
        found: `found ${show(iscrowd)}`,
        kind: 'iscrowd flags that are not 0 or 1',
        advice: 'iscrowd is 1 for a region of many objects, else 0',
      });
    }
    const box = checkBox(entry['bbox'], image, policy, `${at}.bbox`, problems);
    const area = readArea(entry['area'], box, `${at}.area`, problems);
    if (box === 'dropped') state.dropped++;
    else if (box !== undefined && image !== undefined && category !== undefined && isId(id)) {
      if (box.clipped) state.clipped++;
      const crowd = iscrowd === 1 || iscrowd === true;
      fresh.push({ annotation: { id, bbox: box.bbox, category, area, crowd }, target: image.annotations });
    }
  }
  if (problems.count > 0) return;
  let next =
    state.annotationIds.size === 0 ? 0 : Math.max(...maxOf(state.annotationIds), ...maxOf(position.keys())) + 1;
  for (const { annotation, target } of fresh) {
    const taken = state.annotationIds.has(annotation.id);
    const kept = taken ? { ...annotation, id: next++ } : annotation;
    target.push(kept);
  }
  for (const { record } of images.values()) for (const { id } of record.annotations) state.annotationIds.add(id);
}

/** The largest of many numbers, as a list of one (none of none): spreading a million arguments overflows the stack. */
function maxOf(values: Iterable<number>): number[] {
  let max: number | undefined;
  for (const value of values) if (max === undefined || value > max) max = value;
  return max === undefined ? [] : [max];
}

function readArea(value: unknown, box: ReturnType<typeof checkBox>, at: string, problems: Problems): number {
  if (value === undefined) return typeof box === 'object' ? box.bbox[2] * box.bbox[3] : 0;
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  problems.add({
    at,
    found: `found ${show(value)}`,
    kind: 'areas that are no numbers',
    advice: 'area is in square pixels, 0 or more; leave it out to take w·h of the box',
  });
  return 0;
}

const kindOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : show(value);

const notObject = (at: string, value: unknown) => ({
  at,
  found: `found ${kindOf(value)}, not an object`,
  kind: 'wrong shape',
  advice: SHAPE,
});

const badId = (at: string, value: unknown) => ({
  at,
  found: value === undefined ? 'missing' : `found ${show(value)}, not a whole number`,
  kind: value === undefined ? 'missing ids' : 'ids that are no whole numbers',
  advice: IDS,
});

const duplicate = (at: string, id: number, earlier: string) => ({
  at,
  found: `${id} is also the id of ${earlier}`,
  kind: 'ids used twice',
  advice: IDS,
});
