import type { Annotation } from '../types.ts';
import { show, type Problems } from '../problems.ts';
import { checkBox, type BoxPolicy } from './check-box.ts';
import { BoxForm } from './box-form.ts';
import type { Entries } from './entries.ts';
import { badId, duplicate, isId, isObject, notObject, type Fields } from './faults.ts';
import type { IdTable } from './id-table.ts';
import type { ReadCategories } from './read-categories.ts';
import type { OpenImage, ReadImages } from './read-images.ts';
import { rotatedBox, rotationOf } from './rotation.ts';

/** What {@link readAnnotations} found besides the annotations. */
export interface AnnotationCounts {
  dropped: number;
  clipped: number;
}

/**
 * Reads the list `annotations` into the images. An annotation whose id is missing or taken gets another one: nothing
 * but messages depends on it. One that has any other problem is left out.
 *
 * @param ids annotation ids of the files before this one; those of this file are added
 * @param first how many annotations those files have: places in `ids` count on from there
 */
export function readAnnotations(
  raw: Entries,
  { images, leftOut }: ReadImages,
  categories: ReadCategories,
  policy: BoxPolicy,
  ids: IdTable,
  first: number,
  file: string,
  problems: Problems,
  notes: Problems,
): AnnotationCounts {
  const counts: AnnotationCounts = { dropped: 0, clipped: 0 };
  const unnumbered: { target: Annotation[]; at: number }[] = [];
  const { indexOf, ambiguous } = categories;
  const known = [...indexOf.keys()];
  const knownIds = `${known.slice(0, 6).join(', ')}${known.length > 6 ? ', …' : ''}`;
  const form = new BoxForm();
  let i = 0;
  // made where there is something to say, and not for each of a million boxes
  const placeOf = (field = '') => `annotations[${i}]${field}`;
  const placeOfBox = {
    file,
    get at() {
      return placeOf('.bbox');
    },
  };

  for (; i < raw.length; i++) {
    const entry = raw.at(i);
    if (!isObject(entry)) {
      problems.add({ file, ...notObject(placeOf(), entry, 'annotations', 'annotation') });
      problems.leaveOut('annotations');
      continue;
    }
    const id = readId(entry['id'], i, ids, first, file, problems);
    const before = problems.count;
    const { image_id: imageId, category_id: categoryId } = entry;
    const withoutImage = isId(imageId) && leftOut.has(imageId);
    const image = isId(imageId) ? images.get(imageId)?.record : undefined;
    if (image === undefined && !withoutImage) {
      problems.add({
        file,
        at: placeOf('.image_id'),
        found: `found ${show(imageId)}, which is no id of 'images'`,
        kind: 'unknown image ids',
        advice:
          'every image_id must be the id of an image of the same file; remove annotations of images that were left out',
        skips: 'annotation',
      });
    }
    const category = isId(categoryId) ? indexOf.get(categoryId) : undefined;
    if (category === undefined) {
      problems.add({
        file,
        at: placeOf('.category_id'),
        found: `found ${show(categoryId)}, which is no id of 'categories' (${knownIds})`,
        kind: 'unknown category ids',
        advice: "every category_id must be the id (not the position) of an entry of 'categories'",
        skips: 'annotation',
      });
    }
    const crowd = readCrowd(entry, placeOf, file, problems);
    const box = checkBox(entry['bbox'], image, policy, placeOfBox, problems, notes);
    if (image !== undefined && isBox(entry['bbox'])) form.add(entry['bbox'], image);
    const rotation = rotationOf(entry);
    if (rotation !== 0)
      notes.add({ file, ...rotatedBox(placeOf('.attributes.rotation'), `found ${rotation} degrees`) });
    const fault = problems.count > before;
    const area = readArea(entry['area'], box, placeOf, file, problems);
    if (fault || withoutImage || category === undefined || image === undefined || ambiguous.has(categoryId as number)) {
      problems.leaveOut('annotations');
    } else if (box === 'dropped') {
      counts.dropped++;
      noteBeyond(image, entry['bbox']);
    } else if (box !== undefined) {
      if (box.clipped) {
        counts.clipped++;
        noteBeyond(image, entry['bbox']);
      }
      const { ignore, difficult, truncated } = entry;
      const annotation: Annotation = { id: id ?? 0, bbox: box.bbox, category, area, crowd };
      if (id === undefined) unnumbered.push({ target: image.annotations, at: image.annotations.length });
      const flagged = ignore !== undefined || difficult !== undefined || truncated !== undefined;
      image.annotations.push(flagged ? { ...annotation, ...readFlags(entry) } : annotation);
    }
  }
  form.note(file, notes);
  // only now is the largest id known
  let next = ids.largest;
  for (const { target, at: place } of unnumbered) target[place] = { ...(target[place] as Annotation), id: ++next };
  for (const { target, at: place } of unnumbered) ids.add((target[place] as Annotation).id, first + i);
  return counts;
}

const isBox = (value: unknown): value is Annotation['bbox'] =>
  Array.isArray(value) && value.length === 4 && value.every((part) => typeof part === 'number');

/** Keeps a box that was cut or left out, as its file has it. */
function noteBeyond(image: OpenImage['record'], bbox: unknown): void {
  (image.beyond ??= []).push(bbox as Annotation['bbox']);
}

/** The id, or undefined where another is to be found: it is none, or taken. Between files that is no problem. */
function readId(
  id: unknown,
  i: number,
  ids: IdTable,
  first: number,
  file: string,
  problems: Problems,
): number | undefined {
  if (!isId(id)) {
    problems.add({ file, ...badId(`annotations[${i}].id`, id, 'annotation', 'nothing') });
    return undefined;
  }
  const earlier = ids.add(id, first + i);
  if (earlier < 0) return id;
  if (earlier >= first) {
    const place = `annotations[${earlier - first}]`;
    problems.add({ file, ...duplicate(`annotations[${i}].id`, id, place, 'annotation', 'nothing') });
  }
  return undefined;
}

/** What tools write for the flag: a number, a truth value or its text. */
const [NO_CROWD, CROWD] = [new Set<unknown>([undefined, null, 0, false, '0']), new Set<unknown>([1, true, '1'])];

function readCrowd({ iscrowd }: Fields, placeOf: (field: string) => string, file: string, problems: Problems): boolean {
  if (!NO_CROWD.has(iscrowd) && !CROWD.has(iscrowd)) {
    problems.add({
      file,
      at: placeOf('.iscrowd'),
      found: `found ${show(iscrowd)}`,
      kind: 'iscrowd flags that are not 0 or 1',
      advice: 'iscrowd is 1 for a region of many objects, else 0',
      skips: 'annotation',
    });
  }
  return CROWD.has(iscrowd);
}

/**
 * `ignore` (mmdetection's converter, `writeCoco`) or `difficult` is what converters from VOC write for `difficult`, and
 * trainers that know it leave such objects out; pycocotools sets `ignore` anew. `truncated` is VOC's too. Other values
 * than 1 are no fault: COCO does not have these fields.
 */
function readFlags({ ignore, difficult, truncated }: Fields): Pick<Annotation, 'difficult' | 'truncated'> {
  const isSet = (flag: unknown) => flag === 1 || flag === true;
  return {
    ...(isSet(ignore) || isSet(difficult) ? { difficult: true } : {}),
    ...(isSet(truncated) ? { truncated: true } : {}),
  };
}

/** The stated area; w·h of the box where there is none, or where what is stated is none. */
function readArea(
  value: unknown,
  box: ReturnType<typeof checkBox>,
  placeOf: (field: string) => string,
  file: string,
  problems: Problems,
): number {
  const ofBox = typeof box === 'object' ? box.bbox[2] * box.bbox[3] : 0;
  if (value === undefined) return ofBox;
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  problems.add({
    file,
    at: placeOf('.area'),
    found: `found ${show(value)}`,
    kind: 'areas that are no numbers',
    advice: 'area is in square pixels, 0 or more; leave it out to take w·h of the box',
    skips: 'nothing',
  });
  return ofBox;
}
