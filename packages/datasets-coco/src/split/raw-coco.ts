import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { JsonBytes, OPEN_LIST, OPEN_OBJECT } from '../coco/json-bytes.ts';
import { readJson } from '../coco/read-json.ts';
import type { Category } from '../types.ts';

/** A position of a JSON text, in bytes. */
export interface Span {
  readonly start: number;
  /** The first byte after it. */
  readonly end: number;
}

/**
 * A COCO file as it lies on the disk: its records as spans of bytes, in file order. Splits are drawn over positions in
 * this order and copy the bytes of the records.
 */
export interface RawCoco {
  readonly file: string;
  /** The file's name without folders and `.json`. */
  readonly name: string;
  readonly bytes: Buffer;
  /** Top-level keys in file order, with the span of each value. */
  readonly keys: ReadonlyMap<string, Span>;
  readonly imageIds: readonly number[];
  readonly imageSpans: readonly Span[];
  /** Empty where the file has no `annotations` (COCO's image_info files). */
  readonly annotations: readonly RawAnnotation[];
  readonly categories: readonly Category[];
}

/** What a split needs to know of an annotation. */
export interface RawAnnotation extends Span {
  readonly imageId: number;
  readonly categoryId: number;
  readonly crowd: boolean;
}

/**
 * Reads a COCO file up to 2 GiB, the largest that Node reads at once. Memory is that of the file and some 100 bytes a
 * record: segmentations are not parsed.
 *
 * @throws Error that names the file and the place, where it is missing, no JSON, has no images, or ids are no whole
 *   numbers or not unique.
 */
export async function readRawCoco(file: string): Promise<RawCoco> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
    return scan(file, bytes);
  } catch (cause) {
    if (cause instanceof ShapeError) throw cause;
    // Its messages are better than a scanner's: missing, cut off, compressed, NaN.
    await readJson(file);
    throw new Error(`${file} cannot be read as COCO JSON: ${(cause as Error).message}.`, { cause });
  }
}

class ShapeError extends Error {}

function scan(file: string, bytes: Buffer): RawCoco {
  const json = new JsonBytes(bytes);
  json.start();
  const keys = new Map<string, Span>();
  const imageIds: number[] = [];
  const imageSpans: Span[] = [];
  const annotations: RawAnnotation[] = [];
  if (bytes.length > 0 && json.peek() !== OPEN_OBJECT) {
    throw new ShapeError(`${file} is no COCO annotations file: an object with 'images' and 'annotations' is needed.`);
  }
  for (const key of json.fields()) {
    if (keys.has(key)) throw new ShapeError(`${file} has the key '${key}' twice: keep one of the two.`);
    const next = json.peek();
    const start = json.offset;
    if (key === 'images' || key === 'annotations') {
      if (next !== OPEN_LIST) throw new ShapeError(`${file}: '${key}' is not a list.`);
      for (const i of json.entries()) {
        const at = `${file}: ${key}[${i}]`;
        if (json.peek() !== OPEN_OBJECT) throw new ShapeError(`${at} is not an object.`);
        if (key === 'annotations') annotations.push(readAnnotation(json, bytes, at));
        else {
          const { id, ...span } = readImage(json, bytes, at);
          imageIds.push(id);
          imageSpans.push(span);
        }
      }
    } else json.value();
    keys.set(key, { start, end: json.offset });
  }
  json.end();
  if (imageIds.length === 0) throw new ShapeError(`${file} has no images: nothing can be split.`);
  unique(file, imageIds);
  return {
    file,
    name: basename(file).replace(/\.json$/i, ''),
    bytes,
    keys,
    imageIds,
    imageSpans,
    annotations,
    categories: readCategories(file, bytes, keys),
  };
}

function readImage(json: JsonBytes, bytes: Buffer, at: string): Span & { id: number } {
  const start = json.offset;
  let id: number | undefined;
  for (const field of json.fields()) {
    if (field === 'id') id = whole(passed(json, bytes), `${at}.id`);
    else json.value();
  }
  if (id === undefined) throw new ShapeError(`${at}.id is missing.`);
  return { start, end: json.offset, id };
}

function readAnnotation(json: JsonBytes, bytes: Buffer, at: string): RawAnnotation {
  const start = json.offset;
  let imageId: number | undefined;
  let categoryId: number | undefined;
  let crowd = false;
  for (const field of json.fields()) {
    if (field === 'image_id') imageId = whole(passed(json, bytes), `${at}.image_id`);
    else if (field === 'category_id') categoryId = whole(passed(json, bytes), `${at}.category_id`);
    else if (field === 'iscrowd') crowd = /^(?:1|true)$/.test(passed(json, bytes));
    else json.value();
  }
  if (imageId === undefined) throw new ShapeError(`${at}.image_id is missing.`);
  return { start, end: json.offset, imageId, categoryId: categoryId ?? -1, crowd };
}

/** Passes a value and gives its text. */
function passed(json: JsonBytes, bytes: Buffer): string {
  json.peek();
  const start = json.offset;
  json.value();
  return bytes.toString('utf8', start, json.offset);
}

function whole(text: string, at: string): number {
  const value = Number(text);
  if (!text.startsWith('"') && Number.isSafeInteger(value)) return value;
  throw new ShapeError(
    Number.isInteger(value) && !text.startsWith('"')
      ? `${at} is ${text.slice(0, 40)}, beyond ${Number.MAX_SAFE_INTEGER}: such ids are not exact here. Number the records anew, from 1.`
      : `${at} is ${text.slice(0, 40)}, not a whole number: number the records anew, from 1.`,
  );
}

function unique(file: string, ids: readonly number[]): void {
  const seen = new Map<number, number>();
  ids.forEach((id, i) => {
    const before = seen.get(id);
    if (before !== undefined) {
      throw new ShapeError(`${file}: images[${i}].id: ${id} is also the id of images[${before}]: ids must be unique.`);
    }
    seen.set(id, i);
  });
}

function readCategories(file: string, bytes: Buffer, keys: ReadonlyMap<string, Span>): Category[] {
  const span = keys.get('categories');
  const list: unknown = span === undefined ? [] : JSON.parse(bytes.toString('utf8', span.start, span.end));
  if (!Array.isArray(list)) throw new ShapeError(`${file}: 'categories' is not a list.`);
  return list.map((entry: unknown, i) => {
    const { id, name } = (entry ?? {}) as Partial<Category>;
    if (!Number.isSafeInteger(id) || typeof name !== 'string') {
      throw new ShapeError(`${file}: categories[${i}] needs a whole number as id and a name.`);
    }
    return { id: id as number, name };
  });
}
