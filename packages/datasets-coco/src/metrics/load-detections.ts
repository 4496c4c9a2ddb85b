import type { CocoDetection, Dataset } from '../types.ts';
import { readJson } from '../coco/read-json.ts';
import { Problems, show } from '../problems.ts';

const SHAPE = "COCO's results format is a list of {image_id, category_id, bbox: [x, y, width, height], score}";

/**
 * Reads detections in COCO's results format, in file order. All problems are reported in one Error with index and
 * field.
 *
 * @param dataset what the detections are of; where given, image and category ids must be known to it.
 */
export async function loadDetections(file: string, dataset?: Dataset): Promise<CocoDetection[]> {
  const json = await readJson(file);
  const problems = new Problems(file);
  if (!Array.isArray(json)) {
    const isAnnotations = typeof json === 'object' && json !== null && 'annotations' in json;
    const found = isAnnotations
      ? 'found an annotations file'
      : `found ${json === null ? 'null' : typeof json}, not a list`;
    problems.add({ at: 'top level', found, kind: 'wrong shape', advice: SHAPE, skips: 'file' });
    problems.throwIfAny();
    return [];
  }
  const read: CocoDetection[] = [];
  const positions: number[] = [];
  json.forEach((entry: unknown, i) => {
    const detection = readDetection(entry, i, problems);
    if (detection === undefined) return;
    read.push(detection);
    positions.push(i);
  });
  if (dataset !== undefined) {
    for (const key of KEYS) checkIds(key, read, positions, dataset, problems);
  }
  problems.throwIfAny();
  return read;
}

const KEYS = ['image_id', 'category_id'] as const;

/** Ids that a message shows. */
const SHOWN = 6;

/** One problem for each id that the data set does not have; where it has none of them, one for all. */
function checkIds(
  key: (typeof KEYS)[number],
  detections: readonly CocoDetection[],
  positions: readonly number[],
  { images, categories, source }: Dataset,
  problems: Problems,
): void {
  const [what, known, advice] =
    key === 'image_id'
      ? ['image', images, 'detections and annotations must be of the same images: is this the right pair of files?']
      : ['category', categories, "category_id is the id in the annotations' categories, not the position of the class"];
  const ids = new Set(known.map(({ id }) => id));
  const first = new Map<number, number>();
  const counts = new Map<number, number>();
  detections.forEach((detection, i) => {
    const id = detection[key];
    if (!first.has(id)) first.set(id, positions[i]!);
    counts.set(id, (counts.get(id) ?? 0) + 1);
  });
  const strangers = [...first].filter(([id]) => !ids.has(id));
  const list = (values: readonly number[]) => values.slice(0, SHOWN).join(', ') + (values.length > SHOWN ? ', …' : '');
  const kind = `unknown ${what} ids`;
  const has = `of ${source} (${list([...ids])})`;
  if (strangers.length === first.size && strangers.length > 1) {
    const found = `none of the ${first.size} ${what} ids (${list([...first.keys()])}) is one ${has}`;
    problems.add({ at: key, found, kind, advice, skips: 'file' });
    return;
  }
  for (const [id, at] of strangers) {
    const found = `found ${id}, which is no ${what} id ${has}; ${counts.get(id)} of ${detections.length} detections have it`;
    problems.add({ at: `[${at}].${key}`, found, kind, advice, skips: 'file' });
  }
}

function readDetection(entry: unknown, i: number, problems: Problems): CocoDetection | undefined {
  const before = problems.count;
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    problems.add({
      at: `[${i}]`,
      found: `found ${show(entry)}, not an object`,
      kind: 'wrong shape',
      advice: SHAPE,
      skips: 'file',
    });
    return undefined;
  }
  const { image_id, category_id, bbox, score } = entry as Record<string, unknown>;
  for (const [key, value] of [
    ['image_id', image_id],
    ['category_id', category_id],
  ] as const) {
    if (Number.isSafeInteger(value)) continue;
    const found = value === undefined ? 'missing' : `found ${show(value)}, not a whole number`;
    problems.add({ at: `[${i}].${key}`, found, kind: 'ids that are no whole numbers', advice: SHAPE, skips: 'file' });
  }
  if (!Array.isArray(bbox) || bbox.length !== 4 || !bbox.every((v) => typeof v === 'number' && Number.isFinite(v))) {
    const found = bbox === undefined ? 'missing' : `found ${show(bbox)}, not four finite numbers`;
    problems.add({ at: `[${i}].bbox`, found, kind: 'boxes that are not four numbers', advice: SHAPE, skips: 'file' });
  } else if (bbox[2] < 0 || bbox[3] < 0) {
    problems.add({
      at: `[${i}].bbox`,
      found: `found ${show(bbox)}: width and height must not be negative`,
      kind: 'boxes of negative size',
      advice: 'bbox is [x, y, width, height], not two corners',
      skips: 'file',
    });
  }
  if (typeof score !== 'number' || !Number.isFinite(score)) {
    const found = score === undefined ? 'missing' : `found ${show(score)}, not a finite number`;
    problems.add({ at: `[${i}].score`, found, kind: 'scores that are no numbers', advice: SHAPE, skips: 'file' });
  }
  return problems.count > before
    ? undefined
    : {
        image_id: image_id as number,
        category_id: category_id as number,
        bbox: bbox as [number, number, number, number],
        score: score as number,
      };
}
