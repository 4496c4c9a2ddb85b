import { join, resolve } from 'node:path';
import { checkBox, type BoxPolicy } from '../coco/check-box.ts';
import type { LoadedDataset } from '../coco/load-coco.ts';
import { readSizes } from '../image/known-sizes.ts';
import { prefetch } from '../image/prefetch.ts';
import { Problems, show, type FaultPolicy } from '../problems.ts';
import { noteAlike } from '../sources/alike.ts';
import { imageIds } from '../sources/image-ids.ts';
import { quote } from '../sources/names.ts';
import { readText } from '../sources/read-text.ts';
import type { Annotation, ImageRecord } from '../types.ts';
import { classesOf } from './classes.ts';
import { findImage, listVoc, type VocListing } from './find-image.ts';
import { readImageSet } from './image-set.ts';
import { vocLayout } from './layout.ts';
import { readAnnotation, type VocAnnotation } from './read-annotation.ts';

/** What {@link loadVoc} is to read, and how strictly. */
export interface LoadVocOptions {
  /**
   * A folder with Annotations, ImageSets/Main and JPEGImages, a VOCdevkit of such folders, or a folder of XML files and
   * images.
   */
  readonly voc: string;
  /**
   * Image sets: `trainval`; in a devkit of several years `VOC2007/trainval`. Without it all annotations, where the
   * folder has no image sets: XML files beside their images, or in a folder beside that of the images; there,
   * subfolders (`train`) are sets.
   */
  readonly sets?: string | readonly string[];
  /** The classes, in the order of their indices; without it those that occur, see {@link loadVoc}. */
  readonly classes?: readonly string[];
  /** As in `loadCoco`. */
  readonly degenerate?: BoxPolicy;
  /** The images are used without labels: Annotations is not read. Default false. */
  readonly unlabeled?: boolean;
  /** `stop` (default) throws one Error with everything that is wrong; `skip` leaves out the object or the image. */
  readonly onFault?: FaultPolicy;
  /** Whether image files are looked for. Default true; evaluation needs none. */
  readonly checkImages?: boolean;
}

/** Bytes of an annotation file; those of VOC have 1 to 20 KB. */
const XML_LIMIT = 16 * 2 ** 20;
/** Annotation files read at a time. */
const AHEAD = 32;

/**
 * Reads Pascal VOC: the layouts of 2007 and 2012, and what annotation tools write after them.
 *
 * Corners are 1-based and inclusive, as the devkit has them:
 * `bbox = [xmin − 1, ymin − 1, xmax − xmin + 1, ymax − ymin + 1]`; fractions (VOC 2012 has some) are kept. `area` is
 * w·h. An object whose four corners are one pixel is a box of no size. `difficult` and `truncated` are kept; `<part>`
 * boxes (2012's person layout) are not read.
 *
 * Image ids are the names' numbers where all names are such (`000005` is 5, `2007_000032` is 2007000032), else the
 * 1-based position among all names of the folder, sorted, so that they do not depend on the image set; they are unique
 * over years. Without `classes` the classes are VOC's twenty in their official order where the folder is VOC's, else
 * the names that occur, sorted; their ids count from 1. `fileName` is relative to JPEGImages, in a devkit to the
 * devkit.
 *
 * @throws Error where the layout or an image set is not there, or that lists everything that is wrong in the files;
 * with `onFault: 'skip'` only where no image is left
 */
export async function loadVoc(options: LoadVocOptions): Promise<LoadedDataset> {
  const wanted = options.sets === undefined ? [] : [options.sets].flat();
  const { years, sets } = await vocLayout(options.voc, wanted);
  const source = wanted.length === 0 ? options.voc : `${options.voc} (${wanted.join(' + ')})`;
  const problems = new Problems(source);
  const notes = new Problems(source);
  const checkImages = options.checkImages !== false;

  const listings = new Map<string, VocListing>();
  for (const year of years) {
    const used = sets.some((set) => set.year === year);
    listings.set(year.name, await listVoc(year, used && checkImages));
  }
  const entries: Entry[] = [];
  const taken = new Map<string, string>();
  for (const { year, name: set, file } of sets) {
    const listing = listings.get(year.name) as VocListing;
    const known = new Set([...listing.annotations.keys(), ...listing.imagesOf.keys()]);
    const names =
      file === undefined
        ? wholeFolder(listing, options.unlabeled === true)
        : await readImageSet(file, known, problems, notes);
    for (const name of names) {
      const key = keyOf(listing, name);
      const earlier = taken.get(key);
      if (earlier === undefined) {
        taken.set(key, set);
        entries.push({ listing, name, set: file ?? year.annotations });
      } else {
        problems.add({
          file: file ?? year.annotations,
          at: '',
          found: `'${name}' is in the set '${earlier}' too`,
          kind: 'images in two sets',
          advice: 'sets that are loaded together must not overlap: trainval already has train and val',
          skips: 'nothing',
        });
      }
    }
  }

  const read: Read[] = [];
  const load = ({ listing, name }: Entry): Promise<string | Error> | string =>
    options.unlabeled || !listing.annotations.has(name)
      ? ''
      : readText(xmlOf(listing, name), XML_LIMIT).catch((error: Error) => error);
  let at = 0;
  // Read ahead, but checked in order, so that the problems come in order.
  for await (const text of prefetch(entries, load, { ahead: AHEAD })) {
    const entry = entries[at++] as Entry;
    const found = readEntry(entry, text, options.unlabeled === true, checkImages, problems, notes);
    if (found !== undefined) read.push(found);
    else problems.leaveOut('images');
  }

  const seen = new Set(read.flatMap(({ annotation }) => annotation.objects.map(({ name }) => name)));
  const names = options.unlabeled
    ? []
    : (options.classes ??
      classesOf(
        seen,
        years.map(({ root }) => lastPart(root)),
      ));
  const ids = imageIds([...listings.values()].flatMap(namesOf).concat([...taken.keys()]));
  const counts = { dropped: 0, clipped: 0 };
  const indexOf = new Map(names.map((name, i) => [name, i]));
  const records = read.map((entry) => toRecord(entry, ids));
  const sizes = checkImages && !options.unlabeled ? await readSizes(records) : new Map<string, never>();
  const images = records.map((record, i) => {
    const sized = { ...record, ...sizes.get(record.path) };
    return { ...sized, ...boxesOf(read[i] as Read, sized, indexOf, options, counts, problems, notes) };
  });
  if (options.onFault !== 'skip' || images.length === 0) problems.throwIfAny();
  images.sort((a, b) => a.id - b.id);
  let next = 1;
  noteAlike(source, names, images, notes);
  return {
    source,
    roots: [resolve(options.voc)],
    categories: names.map((name, i) => ({ id: i + 1, name })),
    images: images.map((image) => ({ ...image, annotations: image.annotations.map((a) => ({ ...a, id: next++ })) })),
    ...counts,
    problems: problems.summary(),
    ...(notes.count === 0 ? {} : { notes: notes.summary() }),
  };
}

interface Entry {
  readonly listing: VocListing;
  readonly name: string;
  readonly set: string;
}

interface Read extends Entry {
  readonly file: string;
  readonly fileName: string;
  readonly annotation: VocAnnotation;
}

const lastPart = (path: string): string => path.split(/[\\/]/).at(-1) as string;
const keyOf = ({ year }: VocListing, name: string): string => (year.name === '' ? name : `${year.name}/${name}`);
const namesOf = (listing: VocListing): string[] =>
  [...listing.annotations.keys(), ...listing.imagesOf.keys()].map((name) => keyOf(listing, name));

const NOTHING: VocAnnotation = { fileName: undefined, width: undefined, height: undefined, objects: [] };

const xmlOf = ({ annotations, year }: VocListing, name: string): string =>
  annotations.get(name) ?? join(year.annotations, `${name}.xml`);

/** The names of a folder without image sets: its annotations, or its images where their labels are not wanted. */
const wholeFolder = ({ annotations, imagesOf }: VocListing, unlabeled: boolean): string[] =>
  [...(unlabeled ? imagesOf : annotations).keys()].sort();

function readEntry(
  entry: Entry,
  xml: string | Error,
  unlabeled: boolean,
  checkImages: boolean,
  problems: Problems,
  notes: Problems,
): Read | undefined {
  const { listing, name, set } = entry;
  const file = xmlOf(listing, name);
  let annotation: VocAnnotation | undefined = NOTHING;
  if (!unlabeled) {
    if (!listing.annotations.has(name)) {
      problems.add({
        file: set,
        at: '',
        found: `'${name}' has no ${file}`,
        kind: 'names without an annotation file',
        advice:
          'take them out of the image set, or use the set as unlabeled images (VOC 2012 has no annotations of test)',
        skips: 'image',
      });
      return undefined;
    }
    if (typeof xml !== 'string') {
      const advice = 'write or download them again';
      problems.add({
        file,
        at: '',
        found: xml.message,
        kind: 'annotation files that cannot be read',
        advice,
        skips: 'image',
      });
      return undefined;
    }
    annotation = readAnnotation(xml, file, problems, notes);
    if (annotation === undefined) return undefined;
  }
  const fileName = checkImages
    ? findImage(name, annotation.fileName, listing, unlabeled ? set : file, problems)
    : (annotation.fileName ?? `${name}.jpg`);
  return fileName === undefined ? undefined : { ...entry, file, fileName, annotation };
}

type VocRecord = Omit<ImageRecord, 'annotations'>;

function toRecord({ listing, name, fileName, annotation }: Read, ids: ReadonlyMap<string, number>): VocRecord {
  const { year } = listing;
  const { width, height } = annotation;
  return {
    id: ids.get(keyOf(listing, name)) as number,
    path: join(year.images, fileName),
    fileName: `${year.prefix}${fileName}`,
    ...(width === undefined || height === undefined ? {} : { width, height }),
  };
}

function boxesOf(
  { file, annotation }: Read,
  image: VocRecord,
  classes: ReadonlyMap<string, number>,
  options: LoadVocOptions,
  counts: { dropped: number; clipped: number },
  problems: Problems,
  notes: Problems,
): Pick<ImageRecord, 'annotations' | 'beyond'> {
  const annotations: Annotation[] = [];
  const beyond: Annotation['bbox'][] = [];
  for (const { at, atBox, name: className, bbox, difficult, truncated } of annotation.objects) {
    const category = classes.get(className);
    if (category === undefined) {
      problems.add({
        file,
        at: `${at}.name`,
        found: `found ${show(className)}, which is none of the classes (${quote([...classes.keys()], 6)})`,
        kind: 'unknown class names',
        advice: 'correct the name, or add it to the classes',
        skips: 'annotation',
      });
      problems.leaveOut('annotations');
      continue;
    }
    const box = checkBox(bbox, image, options.degenerate ?? 'error', { file, at: atBox }, problems, notes);
    if (box === 'dropped' || box?.clipped) beyond.push(bbox);
    if (box === undefined) problems.leaveOut('annotations');
    else if (box === 'dropped') counts.dropped++;
    else {
      if (box.clipped) counts.clipped++;
      annotations.push({
        id: 0,
        bbox: box.bbox,
        category,
        area: box.bbox[2] * box.bbox[3],
        crowd: false,
        ...(difficult ? { difficult } : {}),
        ...(truncated ? { truncated } : {}),
      });
    }
  }
  return { annotations, ...(beyond.length === 0 ? {} : { beyond }) };
}
