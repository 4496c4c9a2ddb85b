import { open, type FileHandle } from 'node:fs/promises';
import { writeList } from '../convert/write-file.ts';
import type { RawCoco, Span } from './raw-coco.ts';

const CHUNK = 1 << 22;

/**
 * Writes the images with these ids and their annotations: the source's own records, byte for byte, in its order, with
 * all other keys of the source (`licenses`, `categories`, …). `info` gets one key more, `sed_split`. The file is
 * written aside and renamed.
 *
 * @param options.categories takes the categories of this file where the source has none (image_info files).
 */
export async function writePart(options: {
  coco: RawCoco;
  ids: ReadonlySet<number>;
  file: string;
  record: object;
  categories?: RawCoco;
}): Promise<void> {
  const { coco, ids, file, record, categories } = options;
  await writeList(file, (aside) => write(aside, coco, ids, record, categories));
}

async function write(
  file: string,
  coco: RawCoco,
  ids: ReadonlySet<number>,
  record: object,
  categories: RawCoco | undefined,
): Promise<void> {
  const handle = await open(file, 'w');
  try {
    const out = new Chunks(handle);
    const keys = new Set(['info', ...coco.keys.keys(), 'annotations', 'categories']);
    let separator = '{';
    for (const key of keys) {
      await out.text(`${separator}${JSON.stringify(key)}: `);
      separator = ',\n';
      const span = coco.keys.get(key);
      if (key === 'info') await out.text(JSON.stringify({ ...info(coco), sed_split: record }));
      else if (key === 'images') {
        await out.list(
          coco.bytes,
          coco.imageSpans.filter((_, i) => ids.has(coco.imageIds[i] as number)),
        );
      } else if (key === 'annotations') {
        await out.list(
          coco.bytes,
          coco.annotations.filter(({ imageId }) => ids.has(imageId)),
        );
      } else if (span !== undefined) await out.bytes(coco.bytes.subarray(span.start, span.end));
      else await out.text(JSON.stringify(categories?.categories ?? []));
    }
    await out.text('}\n');
    await out.flush();
  } finally {
    await handle.close();
  }
}

/** The source's `info`, an object by COCO's format; anything else is kept under a key. */
function info({ bytes, keys }: RawCoco): object {
  const span = keys.get('info');
  if (span === undefined) return {};
  const value: unknown = JSON.parse(bytes.toString('utf8', span.start, span.end));
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : { original: value };
}

/** Collects small pieces into large writes. */
class Chunks {
  readonly #handle: FileHandle;
  readonly #buffer = Buffer.allocUnsafe(CHUNK);
  #used = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async text(text: string): Promise<void> {
    await this.bytes(Buffer.from(text));
  }

  async list(source: Buffer, spans: readonly Span[]): Promise<void> {
    await this.text('[');
    for (let i = 0; i < spans.length; i++) {
      const { start, end } = spans[i] as Span;
      if (this.#used + end - start + 2 > CHUNK) await this.flush();
      if (end - start + 2 > CHUNK) await this.bytes(source.subarray(start, end));
      else this.#used += source.copy(this.#buffer, this.#used, start, end);
      if (i + 1 < spans.length) this.#used += this.#buffer.write(',\n', this.#used, 'latin1');
    }
    await this.text(']');
  }

  async bytes(bytes: Uint8Array): Promise<void> {
    if (this.#used + bytes.length > CHUNK) await this.flush();
    if (bytes.length > CHUNK) {
      for (let at = 0; at < bytes.length;) at += (await this.#handle.write(bytes, at, bytes.length - at)).bytesWritten;
    } else {
      this.#buffer.set(bytes, this.#used);
      this.#used += bytes.length;
    }
  }

  async flush(): Promise<void> {
    for (let at = 0; at < this.#used;) at += (await this.#handle.write(this.#buffer, at, this.#used - at)).bytesWritten;
    this.#used = 0;
  }
}
