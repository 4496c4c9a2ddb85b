import { cocoIou } from '@sed/geometry';
import type { CocoDetection, Dataset } from '../types.ts';
import { quote } from '../sources/names.ts';

/** IoU from which a detection lies on an object, whatever their classes. */
const ON_OBJECT = 0.5;
/** Detections of a class that lie on objects, from which on its numbering is doubted. */
const ENOUGH = 5;
/** A class is doubted where so many times more of its detections lie on objects of one other class than on its own. */
const DOUBT = 3;

/**
 * What a reader of the metrics would not expect, in sentences: classes without an object or without a detection, images
 * without any detection, and classes whose detections lie on the objects of another class, as they do where two files
 * number the classes differently. Ids are taken to be known to the data set, as {@link evaluateCoco} checks.
 */
export function evaluationRemarks(dataset: Dataset, detections: readonly CocoDetection[]): string[] {
  const { categories, images, source } = dataset;
  const objects = categories.map(() => 0);
  for (const { annotations } of images) for (const { category, crowd } of annotations) if (!crowd) objects[category]!++;
  const total = sum(objects);
  if (total === 0) return [`${source} has no object: the metrics are undefined.`];
  if (detections.length === 0) return [`There are no detections: all ${total} objects of ${source} are missed.`];

  const classOf = new Map(categories.map(({ id }, k) => [id, k]));
  const found = categories.map(() => 0);
  for (const { category_id } of detections) found[classOf.get(category_id)!]!++;
  const named = (keep: (k: number) => boolean) => categories.filter((_, k) => keep(k)).map(({ name }) => name);
  const remarks: string[] = [];
  const never = named((k) => objects[k]! > 0 && found[k] === 0);
  if (never.length > 0) {
    const missed = sum(objects.filter((_, k) => found[k] === 0));
    remarks.push(
      `Classes with objects but without a detection (${quote(never, 6)}): their AP is 0, and ${missed} objects are missed.`,
    );
  }
  const absent = named((k) => objects[k] === 0);
  if (absent.length > 0) {
    const lost = sum(found.filter((_, k) => objects[k] === 0));
    const nowhere = lost === 0 ? '' : `their ${lost} detections count nowhere, and `;
    remarks.push(
      `Classes without an object in ${source} (${quote(absent, 6)}): ${nowhere}AP is the mean of the other classes.`,
    );
  }
  const seen = new Set(detections.map(({ image_id }) => image_id));
  const bare = images.filter(({ id, annotations }) => !seen.has(id) && annotations.some(({ crowd }) => !crowd));
  if (bare.length > 0) {
    const missed = sum(bare.map(({ annotations }) => annotations.filter(({ crowd }) => !crowd).length));
    remarks.push(
      `${bare.length} of ${images.length} images have objects and no detection at all (${quote(
        bare.map(({ fileName }) => fileName),
        3,
      )}): their ${missed} objects are missed.`,
    );
  }
  const doubts = swapped(dataset, detections, classOf);
  if (doubts.length > 0) {
    const pairs = doubts.map(
      ({ as, on, there, own }) => `${there} of '${as}' lie on objects of '${on}', ${own} on objects of their own class`,
    );
    remarks.push(
      `Are the classes numbered alike in both files? Of the detections ${pairs.slice(0, 4).join('; ')}${pairs.length > 4 ? '; …' : ''}.`,
    );
  }
  return remarks;
}

interface Doubt {
  readonly as: string;
  readonly on: string;
  readonly there: number;
  readonly own: number;
}

/**
 * Classes of detections that lie on objects of another class. Of each object the best detection counts, whatever its
 * class.
 */
function swapped(
  { categories, images }: Dataset,
  detections: readonly CocoDetection[],
  classOf: ReadonlyMap<number, number>,
): Doubt[] {
  const K = categories.length;
  const on = Array.from({ length: K }, () => new Map<number, number>());
  const byImage = new Map<number, CocoDetection[]>();
  for (const detection of detections) {
    const own = byImage.get(detection.image_id);
    if (own === undefined) byImage.set(detection.image_id, [detection]);
    else own.push(detection);
  }
  for (const { id, annotations } of images) {
    const own = byImage.get(id) ?? [];
    for (const { bbox, category, crowd } of annotations) {
      if (crowd) continue;
      let best: CocoDetection | undefined;
      for (const detection of own) {
        if ((best === undefined || detection.score > best.score) && cocoIou(detection.bbox, bbox) >= ON_OBJECT)
          best = detection;
      }
      if (best === undefined) continue;
      const counts = on[classOf.get(best.category_id)!]!;
      counts.set(category, (counts.get(category) ?? 0) + 1);
    }
  }
  return on.flatMap((counts, k): Doubt[] => {
    const own = counts.get(k) ?? 0;
    const [other, there] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a), [k, own]);
    if (other === k || there < ENOUGH || there < DOUBT * own) return [];
    return [{ as: categories[k]!.name, on: categories[other]!.name, there, own }];
  });
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
