import { isAbsolute, resolve, sep } from 'node:path';
import type { Category, Dataset } from '../types.ts';
import { Problems, type FaultPolicy, type ProblemSummary } from '../problems.ts';
import { AnnotationColumns } from './annotation-columns.ts';
import type { BoxPolicy } from './check-box.ts';
import type { Entries } from './entries.ts';
import { isObject, kindOf, SHAPE, type Fields } from './faults.ts';
import { readSizes } from '../image/known-sizes.ts';
import { leaveOutMissing, missingImages } from './missing-images.ts';
import { noteAlike } from '../sources/alike.ts';
import { IdTable } from './id-table.ts';
import { readAnnotations } from './read-annotations.ts';
import { readCategories } from './read-categories.ts';
import { readImages, type OpenImage } from './read-images.ts';
import { readCocoJson } from './read-coco-json.ts';

/** What {@link loadCoco} is to read, and how strictly. */
export interface LoadCocoOptions {
  /** One COCO JSON file, or several that are merged (their categories must agree, their image ids must differ). */
  readonly annotations: string | readonly string[];
  /** The folder that `file_name` is relative to. */
  readonly images: string;
  /**
   * What becomes of boxes that are not whole boxes inside their image (not a positive width and height, or more than
   * one pixel outside): `error` (default) throws; `drop` leaves out boxes of no size or wholly outside and cuts the
   * others to the image, and counts both; `keep` takes them as they are, as pycocotools does.
   */
  readonly degenerate?: BoxPolicy;
  /**
   * The images of this JSON carry no labels: `annotations` and `categories` may be absent, and are not read. Default
   * false; `'where-absent'`: such a file has labels if it has the list `annotations`.
   */
  readonly unlabeled?: boolean | 'where-absent';
  /**
   * What becomes of everything else that is wrong: `stop` (default) throws one Error with all of it; `skip` leaves out
   * the annotation, the image or (of several) the file, and says so in `problems`.
   */
  readonly onFault?: FaultPolicy;
  /**
   * Two categories of one name that both have boxes are a fault (one that has none is left out: exports have a root
   * category of that name). With `onFault: 'skip'` they are `one` class (default), or stay `apart`, known by their ids,
   * as pycocotools takes them.
   */
  readonly sameName?: 'one' | 'apart';
}

/** A data set and what was left out of it. */
export interface LoadedDataset extends Dataset {
  /** Boxes left out by `degenerate: 'drop'`. */
  readonly dropped: number;
  /** Boxes cut to their image by `degenerate: 'drop'`. */
  readonly clipped: number;
  /** What is wrong with the files and what was left out; nothing with `onFault: 'stop'`. */
  readonly problems: ProblemSummary;
  /**
   * What is no fault but worth a look: boxes that `degenerate: 'drop'` left out or cut, rotated boxes, classes that
   * nothing is of.
   */
  readonly notes?: ProblemSummary;
}

/**
 * Reads a COCO data set: images in id order, categories in id order, annotations of an image in file order, each with
 * the index of its category. Everything is checked first and all problems are reported in one Error, with their JSON
 * paths; image files are looked for, and opened only where the JSON does not know their size (absent, null, 0, -1).
 * `area` defaults to w·h and `iscrowd` to 0 where the JSON has none. Annotation ids that occur in several files are
 * numbered anew in the later file.
 *
 * @throws Error that lists what is wrong in the JSON, or which image files are missing and where they may be; with
 * `onFault: 'skip'` only where nothing is left
 */
export async function loadCoco(options: LoadCocoOptions): Promise<LoadedDataset> {
  const problems = collector(options);
  const notes = collector(options);
  const dataset = await read(options, true, problems, notes);
  noteOutside(dataset, options.images, notes);
  if (options.onFault !== 'skip' && problems.count === 0) {
    // the one thing that is wrong: this message says more
    await missingImages(dataset, options.images);
    return result(dataset, problems, notes);
  }
  const images = await leaveOutMissing(dataset, options.images, problems);
  if (options.onFault !== 'skip' || images.length === 0) problems.throwIfAny();
  return result({ ...dataset, images }, problems, notes);
}

/** {@link loadCoco} without the look for image files: for evaluation, which never opens one. */
export async function readCoco(options: LoadCocoOptions): Promise<LoadedDataset> {
  const problems = collector(options);
  const notes = collector(options);
  const dataset = await read(options, false, problems, notes);
  if (options.onFault !== 'skip') problems.throwIfAny();
  return result(dataset, problems, notes);
}

const filesOf = ({ annotations }: LoadCocoOptions) => (typeof annotations === 'string' ? [annotations] : annotations);
const collector = (options: LoadCocoOptions) => new Problems(filesOf(options).join(' + '));

type ReadDataset = Omit<LoadedDataset, 'problems' | 'notes'>;

const result = (dataset: ReadDataset, problems: Problems, notes: Problems): LoadedDataset => ({
  ...dataset,
  problems: problems.summary(),
  ...(notes.count === 0 ? {} : { notes: notes.summary() }),
});

/**
 * Throws where nothing is left at all; everything else that is wrong is noted.
 *
 * @param imagesNeeded whether images need a name, and a size where the file has one
 */
async function read(
  options: LoadCocoOptions,
  imagesNeeded: boolean,
  problems: Problems,
  notes: Problems,
): Promise<ReadDataset> {
  const files = filesOf(options);
  if (files.length === 0) throw new Error('annotations is an empty list: name at least one COCO JSON file.');
  const state: Merge = {
    categories: undefined,
    images: new Map(),
    annotationIds: new IdTable(),
    annotations: 0,
    dropped: 0,
    clipped: 0,
    imagesNeeded,
    notes,
  };
  for (const file of files) {
    const mayFail = options.onFault === 'skip' && files.length > 1;
    const json = mayFail ? await readOrNote(file, problems) : await readCocoJson(file);
    if (json !== UNREADABLE) await mergeFile(file, json, options, state, problems);
  }
  if (state.images.size === 0) problems.throwIfAny();
  const source = files.join(' + ');
  const categories = state.categories?.list ?? [];
  const images = [...state.images.values()].map(({ record }) => record).sort((a, b) => a.id - b.id);
  noteAlike(
    source,
    categories.map(({ name }) => name),
    images,
    notes,
  );
  return {
    source,
    categories,
    images,
    roots: [resolve(options.images)],
    dropped: state.dropped,
    clipped: state.clipped,
  };
}

/** Names that lead out of the images folder work, but on this machine alone. */
function noteOutside({ images }: Pick<Dataset, 'images'>, folder: string, notes: Problems): void {
  const root = resolve(folder) + sep;
  for (const { id, path, fileName } of images) {
    if (path.startsWith(root) && !isAbsolute(fileName)) continue;
    notes.add({
      at: `image id ${id}`,
      found: isAbsolute(fileName)
        ? `file_name is the absolute path ${fileName}`
        : `file_name '${fileName}' leads out of the images folder ${folder}`,
      kind: 'file names that are not below the images folder',
      advice: 'make file_name relative to the images folder: on another machine such names lead nowhere, or elsewhere',
      skips: 'nothing',
    });
  }
}

interface Merge {
  categories: { file: string; list: Category[] } | undefined;
  images: Map<number, OpenImage>;
  readonly annotationIds: IdTable;
  /** Annotations in the files so far. */
  annotations: number;
  dropped: number;
  clipped: number;
  readonly imagesNeeded: boolean;
  readonly notes: Problems;
}

const UNREADABLE = Symbol('unreadable');

async function readOrNote(file: string, problems: Problems): Promise<unknown> {
  try {
    return await readCocoJson(file);
  } catch (error) {
    const found = (error as Error).message.replace(`${file} `, '');
    const advice = 'the images and boxes of such a file are all left out';
    problems.add({ file, at: '', found, kind: 'files that cannot be read', advice, skips: 'file' });
    problems.leaveOut('files');
    return UNREADABLE;
  }
}

async function mergeFile(
  file: string,
  json: unknown,
  options: LoadCocoOptions,
  state: Merge,
  problems: Problems,
): Promise<void> {
  const absent = isObject(json) && json['annotations'] === undefined;
  const unlabeled = options.unlabeled === true || (options.unlabeled === 'where-absent' && absent);
  const before = problems.count;
  const { images, categories, annotations } = listsOf(json, unlabeled, file, problems);
  if (problems.count > before) return problems.leaveOut('files');

  const known = unlabeled
    ? { list: [], indexOf: new Map<number, number>(), ambiguous: new Set<number>() }
    : readCategories(categories, annotations, state.categories, options.sameName ?? 'one', file, problems, state.notes);
  if (state.categories === undefined) state.categories = { file, list: known.list };
  else if (known.differ) return problems.leaveOut('files');
  const own = readImages(images, options.images, state.images, file, problems, state.imagesNeeded);
  if (state.imagesNeeded && !unlabeled) await fillSizes(own.images);
  const policy = options.degenerate ?? 'error';
  const { annotationIds, notes } = state;
  const { dropped, clipped } = readAnnotations(
    annotations,
    own,
    known,
    policy,
    annotationIds,
    state.annotations,
    file,
    problems,
    notes,
  );
  state.annotations += annotations.length;
  state.dropped += dropped;
  state.clipped += clipped;
  for (const [id, entry] of own.images) state.images.set(id, entry);
}

/** Sizes that the JSON does not know, from the files: boxes are checked against them. */
async function fillSizes(images: Map<number, OpenImage>): Promise<void> {
  const sizes = await readSizes([...images.values()].map(({ record }) => record));
  for (const [id, { record, file }] of images) {
    const size = sizes.get(record.path);
    if (size !== undefined) images.set(id, { record: { ...record, ...size }, file });
  }
}

interface Lists {
  readonly images: unknown[];
  readonly categories: unknown[];
  readonly annotations: Entries;
}

function listsOf(json: unknown, unlabeled: boolean, file: string, problems: Problems): Lists {
  if (Array.isArray(json) && isObject(json[0]) && 'score' in json[0]) {
    problems.add({
      file,
      at: 'top level',
      found: "holds detections (COCO's results format), not annotations",
      kind: 'files of another kind',
      advice: 'pass the annotations file here',
      skips: 'file',
    });
  } else if (!isObject(json)) {
    const found = `found ${kindOf(json)}`;
    problems.add({ file, at: 'top level', found, kind: 'files of another kind', advice: SHAPE, skips: 'file' });
  } else {
    return {
      images: list(json, 'images', false, file, problems),
      categories: list(json, 'categories', unlabeled, file, problems),
      annotations: unlabeled ? [] : entries(json, file, problems),
    };
  }
  return { images: [], categories: [], annotations: [] };
}

function entries(json: Fields, file: string, problems: Problems): Entries {
  const value = json['annotations'];
  return value instanceof AnnotationColumns ? value : list(json, 'annotations', false, file, problems);
}

function list(json: Fields, key: keyof Lists, optional: boolean, file: string, problems: Problems): unknown[] {
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
  const kind = value === undefined ? 'missing list' : 'lists that are none';
  problems.add({ file, at: key, found, kind, advice, skips: 'file' });
  return [];
}
