import { AnnotationColumns } from './annotation-columns.ts';
import {
  CLOSE_LIST,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  JsonBytes,
  JsonSyntaxError,
  NOTHING,
  OPEN_LIST,
  OPEN_OBJECT,
} from './json-bytes.ts';
import { explainJsonError, firstError } from './json-position.ts';
import { readJson, refuseOtherFiles } from './read-json.ts';

/** The fields that are read, of the entries of each list: what readImages, readAnnotations and readCategories take. */
const FIELDS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['images', new Set(['id', 'file_name', 'width', 'height', 'coco_url', 'flickr_url'])],
  [
    'annotations',
    new Set([
      ...['id', 'image_id', 'category_id', 'bbox', 'area', 'iscrowd'],
      ...['ignore', 'difficult', 'truncated', 'attributes', 'rotation'],
    ]),
  ],
  ['categories', new Set(['id', 'name', 'supercategory'])],
]);

/** Text that is parsed at a time. */
const BATCH = 2 ** 19;
/** Largest entry without the fields that are not read: what is larger is of no annotations file. */
const LARGEST_ENTRY = 2 ** 26;
/** Files up to this size whose top level is no object are read whole, for a better message. */
const SMALL = 2 ** 24;

/**
 * Reads a COCO annotations file of any size: an object with the top-level keys of the file, of which `images`,
 * `annotations` and `categories` are there with the fields that are used (`annotations` as {@link AnnotationColumns}),
 * the others as `null`. Segmentations and whatever else the entries have are stepped over, byte by byte, and never
 * parsed: half a gigabyte of COCO needs a few hundred megabytes, and a file may be larger than the longest string of
 * JavaScript (512 MiB). What is stepped over need not be right JSON but for its brackets and quotes.
 *
 * @param options.chunk bytes read at a time, for tests
 * @throws Error as {@link readJson} does: it names the file, the line and the column
 */
export async function readCocoJson(file: string, options: { readonly chunk?: number } = {}): Promise<unknown> {
  const { size } = await refuseOtherFiles(file);
  const bytes = new JsonBytes(file, options.chunk);
  try {
    bytes.start();
    const first = bytes.peek();
    if (first !== OPEN_OBJECT) {
      if (size <= SMALL) return await readJson(file);
      if (first === OPEN_LIST) return firstOfList(bytes);
      bytes.fail();
    }
    const read = Object.create(null) as Record<string, unknown>; // a key may be __proto__
    for (const key of bytes.fields()) {
      const fields = FIELDS.get(key);
      if (fields === undefined) {
        bytes.value();
        read[key] = null;
      } else if (bytes.peek() !== OPEN_LIST) read[key] = whole(bytes, file);
      else read[key] = await list(bytes, fields, key === 'annotations' ? new AnnotationColumns() : [], file);
    }
    bytes.end();
    return read;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new Error(await explainJsonError(file, error.offset, size), { cause: error });
  } finally {
    bytes.close();
  }
}

/** Reads a list in batches: one JSON.parse for thousands of entries. */
async function list<T extends { push(entry: unknown): unknown }>(
  bytes: JsonBytes,
  fields: ReadonlySet<string>,
  entries: T,
  file: string,
): Promise<T> {
  const batch = new Batch(file);
  try {
    for (const _ of bytes.entries()) {
      batch.start(bytes);
      if (bytes.peek() === OPEN_OBJECT) copyFields(bytes, fields, batch);
      else copyValue(bytes, batch);
      batch.end();
      if (batch.length < BATCH) continue;
      for (const entry of batch.parse()) entries.push(entry);
      await new Promise(setImmediate); // signals and timers
    }
  } catch (error) {
    if (error instanceof JsonSyntaxError) batch.failEarlier(error.offset);
    throw error;
  }
  for (const entry of batch.parse()) entries.push(entry);
  return entries;
}

/** Copies an object with the fields that are read. Fields that lie side by side are copied at once. */
function copyFields(bytes: JsonBytes, fields: ReadonlySet<string>, batch: Batch): void {
  bytes.expect(OPEN_OBJECT);
  batch.byte(OPEN_OBJECT);
  let end = 0;
  let some = false;
  if (!bytes.take(CLOSE_OBJECT)) {
    do {
      bytes.peek();
      const from = bytes.offset;
      const running = bytes.keepFrom !== NOTHING;
      if (!running) bytes.keepFrom = from;
      const isRead = fields.has(bytes.key());
      bytes.expect(COLON);
      if (isRead) {
        bytes.value();
        end = bytes.offset;
        if (end - from > LARGEST_ENTRY) throw new JsonSyntaxError(from);
        continue;
      }
      if (running) {
        if (some) batch.byte(COMMA);
        batch.copy(bytes, bytes.keepFrom, end);
        some = true;
      }
      bytes.keepFrom = NOTHING;
      bytes.value();
    } while (bytes.take(COMMA));
    if (bytes.keepFrom !== NOTHING) {
      if (some) batch.byte(COMMA);
      batch.copy(bytes, bytes.keepFrom, end);
      bytes.keepFrom = NOTHING;
    }
    bytes.expect(CLOSE_OBJECT);
  }
  batch.byte(CLOSE_OBJECT);
}

/** Copies any other value. */
function copyValue(bytes: JsonBytes, batch: Batch): void {
  bytes.peek();
  const from = bytes.offset;
  bytes.keepFrom = from;
  bytes.value();
  if (bytes.offset - from > LARGEST_ENTRY) throw new JsonSyntaxError(from);
  batch.copy(bytes, from, bytes.offset);
  bytes.keepFrom = NOTHING;
}

/** A value that is no list where one belongs: small, or no annotations file. */
function whole(bytes: JsonBytes, file: string): unknown {
  const batch = new Batch(file);
  batch.start(bytes);
  copyValue(bytes, batch);
  batch.end();
  return batch.parse()[0];
}

function firstOfList(bytes: JsonBytes): unknown[] {
  bytes.expect(OPEN_LIST);
  if (bytes.take(CLOSE_LIST)) return [];
  const start = bytes.offset;
  bytes.keepFrom = start;
  bytes.value();
  const copy = Buffer.alloc(bytes.offset - start);
  bytes.copy(start, bytes.offset, copy, 0);
  try {
    return [JSON.parse(copy.toString('utf8'))];
  } catch {
    throw new JsonSyntaxError(start);
  }
}

/** Entries as text, with the places in the file that they come from. */
class Batch {
  readonly #file: string;
  #text = Buffer.allocUnsafe(4096);
  length = 0;
  readonly #starts: { readonly inText: number; readonly inFile: number }[] = [];
  /** Text of whole entries. */
  #whole = 0;

  constructor(file: string) {
    this.#file = file;
  }

  start(bytes: JsonBytes): void {
    bytes.peek();
    this.byte(this.#starts.length === 0 ? OPEN_LIST : COMMA);
    this.#starts.push({ inText: this.length, inFile: bytes.offset });
  }

  end(): void {
    this.#whole = this.length;
  }

  /**
   * The bytes are wrong at `offset`: throws where an entry before that place, or the one that goes through it, is wrong
   * earlier.
   */
  failEarlier(offset: number): void {
    const last = this.#starts.at(-1);
    if (last === undefined) return;
    if (this.length > this.#whole) {
      this.#starts.pop();
      this.length = this.#whole;
    }
    this.parse();
    const inLast = firstError(this.#file, last.inFile);
    if (inLast > last.inFile && inLast < offset) throw new JsonSyntaxError(inLast);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#text[this.length++] = value;
  }

  copy(bytes: JsonBytes, from: number, end: number): void {
    this.#reserve(end - from);
    bytes.copy(from, end, this.#text, this.length);
    this.length += end - from;
  }

  /** The entries since the last call. */
  parse(): unknown[] {
    if (this.#starts.length === 0) return [];
    this.byte(CLOSE_LIST);
    try {
      return JSON.parse(this.#text.toString('utf8', 0, this.length)) as unknown[];
    } catch {
      throw new JsonSyntaxError(this.#errorPosition());
    } finally {
      this.length = 0;
      this.#whole = 0;
      this.#starts.length = 0;
    }
  }

  #errorPosition(): number {
    for (const [i, { inText, inFile }] of this.#starts.entries()) {
      const end = (this.#starts[i + 1]?.inText ?? this.length) - 1;
      try {
        JSON.parse(this.#text.toString('utf8', inText, end));
      } catch {
        return firstError(this.#file, inFile);
      }
    }
    return this.#starts[0]?.inFile ?? 0;
  }

  #reserve(more: number): void {
    if (this.length + more <= this.#text.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.length + more));
    this.#text.copy(larger, 0, 0, this.length);
    this.#text = larger;
  }
}
