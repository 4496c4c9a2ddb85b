import { isId, isObject, type Fields } from './faults.ts';
import { rotationOf } from './rotation.ts';

/** Numbers of an entry: id, image, category, x, y, w, h, area. */
const WIDTH = 8;
/** Entries of a block: one large array would be copied as it grows. */
const BLOCK = 16_384;
/** Bits of the flags of an entry. */
const HAS_AREA = 1;
const HAS_CROWD = 2;
const IS_CROWD = 4;

/**
 * The entries of `annotations` while a file is read, nearly all of which are of one form: 65 bytes each in typed
 * arrays, where objects would be 200 and have the garbage collector walk over a million of them. An entry of any other
 * form is kept as it is.
 */
export class AnnotationColumns {
  length = 0;
  readonly #blocks: { readonly numbers: Float64Array; readonly flags: Uint8Array }[] = [];
  readonly #others = new Map<number, unknown>();

  push(entry: unknown): void {
    const i = this.length++;
    if (!this.#store(i, entry)) this.#others.set(i, entry);
  }

  /** Entry i, as it was. */
  at(i: number): unknown {
    if (this.#others.has(i)) return this.#others.get(i);
    const { numbers: n, flags: all } = this.#blockOf(i);
    const flags = all[i % BLOCK] as number;
    const from = (i % BLOCK) * WIDTH;
    const entry: Fields = {
      id: n[from],
      image_id: n[from + 1],
      category_id: n[from + 2],
      bbox: [n[from + 3], n[from + 4], n[from + 5], n[from + 6]],
      area: (flags & HAS_AREA) === 0 ? undefined : n[from + 7],
      iscrowd: (flags & HAS_CROWD) === 0 ? undefined : (flags & IS_CROWD) === 0 ? 0 : 1,
    };
    return entry;
  }

  #store(i: number, entry: unknown): boolean {
    if (!isObject(entry)) return false;
    const { id, image_id: image, category_id: category, bbox, area, iscrowd } = entry;
    if (!isId(id) || !isId(image) || !isId(category)) return false;
    const { ignore, difficult, truncated } = entry;
    if (ignore !== undefined || difficult !== undefined || truncated !== undefined) return false;
    if (rotationOf(entry) !== 0) return false;
    if (!Array.isArray(bbox) || bbox.length !== 4) return false;
    if (area !== undefined && typeof area !== 'number') return false;
    if (iscrowd !== undefined && iscrowd !== 0 && iscrowd !== 1) return false;
    const { numbers: n, flags } = this.#blockOf(i);
    const from = (i % BLOCK) * WIDTH;
    for (let k = 0; k < 4; k++) {
      const value: unknown = bbox[k];
      if (typeof value !== 'number') return false;
      n[from + 3 + k] = value;
    }
    n[from] = id;
    n[from + 1] = image;
    n[from + 2] = category;
    n[from + 7] = area ?? 0;
    flags[i % BLOCK] =
      (area === undefined ? 0 : HAS_AREA) | (iscrowd === undefined ? 0 : HAS_CROWD) | (iscrowd === 1 ? IS_CROWD : 0);
    return true;
  }

  #blockOf(i: number): { numbers: Float64Array; flags: Uint8Array } {
    const at = Math.floor(i / BLOCK);
    return (this.#blocks[at] ??= { numbers: new Float64Array(WIDTH * BLOCK), flags: new Uint8Array(BLOCK) });
  }
}
