/**
 * The JSON header of a safetensors file, as strict as the reference implementation reads it
 * (https://github.com/huggingface/safetensors, `safetensors/src/tensor.rs`): what one reader refuses and another
 * guesses at is how two people get different weights out of one file.
 */
import { decodeUtf8, shorten } from './text.ts';

/** A tensor in the header. */
export interface HeaderEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** First byte and the one after the last, of the values' part. */
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly metadata: Record<string, string>;
  /** In the order of their bytes, which they fill without a gap. */
  readonly entries: readonly HeaderEntry[];
}

const METADATA = '__metadata__';

/**
 * @param valueBytes how many bytes of values follow
 * @param fail throws with the file named
 */
export function readHeader(bytes: Uint8Array, valueBytes: number, fail: (what: string) => never): Header {
  let text = '';
  let header: unknown;
  try {
    text = decodeUtf8(bytes);
    header = JSON.parse(text);
  } catch (error) {
    fail(`not a safetensors file: its header is not JSON (${shorten((error as Error).message, 300)}).`);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) fail('the header is no JSON object.');
  checkTokens(text, fail);
  const { [METADATA]: metadata, ...tensors } = header as Record<string, unknown>;
  const entries = Object.entries(tensors).map(([name, entry]) => readEntry(name, entry, fail));
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let filled = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== filled) {
      fail(
        `'${shorten(name)}' begins at byte ${begin} of the values, the one before it ends at ${filled}: tensors must neither overlap nor leave a gap.`,
      );
    }
    filled = end;
  }
  if (filled > valueBytes) fail(`cut off: the header tells of ${filled} bytes of values, ${valueBytes} are there.`);
  if (filled < valueBytes) {
    fail(`damaged: the header tells of ${filled} bytes of values, ${valueBytes} are there.`);
  }
  return { metadata: readMetadata(metadata, fail), entries };
}

function readEntry(name: string, entry: unknown, fail: (what: string) => never): HeaderEntry {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  if (typeof dtype !== 'string' || !isCounts(shape) || !isCounts(offsets) || offsets.length !== 2) {
    return fail(`'${shorten(name)}' has no dtype, shape and data_offsets.`);
  }
  const [begin, end] = offsets as [number, number];
  if (end < begin) fail(`'${shorten(name)}' ends at byte ${end}, before it begins (${begin}).`);
  return { name, dtype, shape, begin, end };
}

function readMetadata(metadata: unknown, fail: (what: string) => never): Record<string, string> {
  if (metadata === undefined || metadata === null) return {};
  const isText =
    typeof metadata === 'object' &&
    !Array.isArray(metadata) &&
    Object.values(metadata).every((v) => typeof v === 'string');
  return isText ? (metadata as Record<string, string>) : fail(`"${METADATA}" must be an object of texts.`);
}

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);

/**
 * What JSON.parse forgives: a key twice, half of a character, counts written as 1.0 or 1e3. The text is JSON already.
 */
function checkTokens(text: string, fail: (what: string) => never): void {
  const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
  /** Keys of the objects that are open; undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  let last = '';
  for (let match = tokens.exec(text); match; match = tokens.exec(text)) {
    const [token] = match;
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':') {
      // names of tensors may come twice (the last one counts), the fields of a tensor and the metadata may not
      const key = JSON.parse(last) as string;
      const keys = open.at(-1);
      const field = open.length === 2 ? FIELDS.has(key) : open.length === 1 && key === METADATA;
      if (field && keys?.has(key)) fail(`the header has "${shorten(key)}" twice.`);
      keys?.add(key);
    } else if (/^-?\d/.test(token) && !/^\d+$/.test(token))
      fail(`the header has the number ${shorten(token)}; there are only counts.`);
    else if (token.startsWith('"') && token.includes('\\') && /\p{Surrogate}/u.test(JSON.parse(token) as string)) {
      fail('the header has half of a character (a lone surrogate).');
    }
    if (open.length > DEEPEST) fail('the header is nested too deep.');
    last = token;
  }
}

const FIELDS = new Set(['dtype', 'shape', 'data_offsets']);
/** The reference's JSON reader goes as deep. */
const DEEPEST = 127;
