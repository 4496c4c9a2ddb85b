import { constants } from 'node:buffer';
import { open, readFile, readdir, stat } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { jsonErrorPosition } from './json-error.ts';
import { explainJsonError } from './json-position.ts';

/**
 * Reads and parses a JSON file. Everything that goes wrong names the file and says what to do: a missing file lists the
 * JSON files beside it, a cut-off one says where it ends, Python's NaN, git-lfs pointers and archives are recognized.
 */
export async function readJson(file: string): Promise<unknown> {
  const { size } = await refuseOtherFiles(file);
  if (size > LONGEST_TEXT) {
    throw new Error(`${file} has ${size} bytes, more than one string can hold here: split it into several files.`);
  }
  const whole = await readFile(file, 'utf8');
  const mark = whole.charCodeAt(0) === 0xfeff ? 1 : 0;
  const text = whole.slice(mark);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const position = jsonErrorPosition(text);
    const before = whole.slice(0, mark + (position < 0 ? text.length : position));
    throw new Error(await explainJsonError(file, Math.min(size, Buffer.byteLength(before)), size), { cause });
  }
}

/** Bytes that tell what a file is. */
const HEAD = 256;
/** The longest string of V8, in bytes of ASCII. */
const LONGEST_TEXT = constants.MAX_STRING_LENGTH;

/**
 * Looks at the first bytes of a file that should be JSON in UTF-8.
 *
 * @returns its size
 * @throws Error where it cannot be opened, is empty, or is recognized as something else
 */
export async function refuseOtherFiles(file: string): Promise<{ size: number }> {
  const { size, head } = await readHead(file);
  if (size === 0) throw new Error(`${file} is empty (0 bytes): write or download it again.`);
  const start = head.toString('latin1');
  const other = otherKind(start);
  if (other !== undefined) throw new Error(`${file} is ${other}.`);
  if (/^(?:\xff\xfe|\xfe\xff|[{[]\0|\0[{[])/.test(start)) {
    throw new Error(`${file} is UTF-16 (PowerShell's > writes that), and JSON is UTF-8: save it as UTF-8.`);
  }
  return { size };
}

/** What files that are taken for JSON begin with, what they are, and what to do. */
const OTHER_KINDS: readonly (readonly [RegExp, string])[] = [
  [/^\x1f\x8b/, 'compressed with gzip: unpack it first (gunzip)'],
  [/^PK\x03\x04/, 'a zip archive: unpack it first (unzip)'],
  [/^7z\xbc\xaf/, 'a 7-Zip archive: unpack it first'],
  [/^Rar!/, 'a RAR archive: unpack it first'],
  [/^BZh\d/, 'compressed with bzip2: unpack it first (bunzip2)'],
  [/^\xfd7zXZ/, 'compressed with xz: unpack it first (unxz)'],
  [/^\x28\xb5\x2f\xfd/, 'compressed with zstd: unpack it first (unzstd)'],
  [/^version https:\/\/git-lfs/, "a git-lfs pointer, not the file itself: run 'git lfs pull' where it comes from"],
  [/^(?:\xff\xd8\xff|\x89PNG|GIF8|BM[^"{[]{4}\0)/, 'an image; the JSON file with the annotations is needed'],
  [/^%PDF/, 'a PDF; the JSON file with the annotations is needed'],
  [/^PAR1/, 'a Parquet table: export it as COCO JSON'],
  [/^\x93NUMPY/, 'a NumPy array: export it as COCO JSON'],
  [/^SQLite format 3/, 'an SQLite database: export it as COCO JSON'],
  [/^\s*<(?:!doctype html|html)/i, 'a web page: a download went wrong'],
  [
    /^(?:\xef\xbb\xbf)?\s*<(?:\?xml|annotations?\b)/i,
    "XML: Pascal VOC's annotations are opened by their folder, and CVAT's XML is exported as COCO",
  ],
  [
    /^(?:\xef\xbb\xbf)?\s*(?:names|nc|path|train|val)\s*:/,
    "YAML: a YOLO data set is opened as such, by its 'data.yaml'",
  ],
  [
    /^\d+(?: +[-+.\de]+){4,}\s*(?:\n|$)/,
    "rows of numbers, as YOLO's label files are: such a data set is opened by its 'data.yaml'",
  ],
  [
    /^(?:\xef\xbb\xbf)?["\w. /\\-]+(?:[,;\t]["\w. /\\:-]*){2,}(?:\r?\n|$)/,
    'a table (CSV): COCO JSON, Pascal VOC or YOLO is read; convert it first',
  ],
];

const otherKind = (start: string): string | undefined => OTHER_KINDS.find(([pattern]) => pattern.test(start))?.[1];

async function readHead(file: string): Promise<{ size: number; head: Buffer }> {
  try {
    const stats = await stat(file); // before it is opened: opening a pipe would wait for its writer
    if (stats.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
    if (!stats.isFile()) throw new Error('it is no regular file');
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD), 0, HEAD, 0);
      return { size: stats.size, head: buffer.subarray(0, bytesRead) };
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new Error(`${file} does not exist. ${await neighbors(dirname(file))}`, { cause });
    }
    if (code === 'EISDIR') {
      throw new Error(`${file} is a folder; the path of a JSON file is needed. ${await neighbors(file)}`, { cause });
    }
    throw new Error(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** What JSON files lie in a folder, as a sentence. */
async function neighbors(folder: string): Promise<string> {
  try {
    if (!(await stat(folder)).isDirectory()) return `${folder} is not a folder.`;
    const names = (await readdir(folder)).filter((name) => extname(name).toLowerCase() === '.json').sort();
    if (names.length === 0) return `There is no JSON file in ${folder}.`;
    const more = names.length > 5 ? `, … (${names.length} in all)` : '';
    return `JSON files in ${folder}: ${names.slice(0, 5).join(', ')}${more}.`;
  } catch {
    return `The folder ${folder} does not exist either.`;
  }
}
