import { readFile, readdir, stat } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { jsonErrorPosition } from './json-error.ts';

/**
 * Reads and parses a JSON file. Everything that goes wrong names the file and says what to do: a missing file lists the JSON
 * files beside it, a cut-off one says where it ends, Python's NaN, git-lfs pointers and archives are recognised.
 */
export async function readJson(file: string): Promise<unknown> {
  const bytes = await readBytes(file);
  if (bytes.length === 0) throw new Error(`${file} is empty (0 bytes): write or download it again.`);
  const start = bytes.subarray(0, 64).toString('latin1');
  if (start.startsWith('\x1f\x8b')) throw new Error(`${file} is compressed with gzip: unpack it first (gunzip).`);
  if (start.startsWith('PK\x03\x04')) throw new Error(`${file} is a zip archive: unpack it first (unzip).`);
  if (start.startsWith('version https://git-lfs')) {
    throw new Error(`${file} is a git-lfs pointer, not the file itself: run 'git lfs pull' where it comes from.`);
  }
  let text: string;
  try {
    text = bytes.toString('utf8');
  } catch (cause) {
    throw new Error(
      `${file} has ${bytes.length} bytes, more than one string can hold here: split it by images into several files and pass ` +
        'them as a list, or leave out its segmentations.',
      { cause },
    );
  }
  if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new Error(explain(file, text), { cause });
  }
}

async function readBytes(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new Error(`${file} does not exist. ${await neighbours(dirname(file))}`, { cause });
    }
    if (code === 'EISDIR') {
      throw new Error(`${file} is a folder; the path of a JSON file is needed. ${await neighbours(file)}`, { cause });
    }
    if (code === 'ERR_FS_FILE_TOO_LARGE') {
      throw new Error(`${file} is larger than 2 GiB: split it by images into several files and pass them as a list.`, {
        cause,
      });
    }
    throw new Error(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** What JSON files lie in a folder, as a sentence. */
async function neighbours(folder: string): Promise<string> {
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

function explain(file: string, text: string): string {
  const found = jsonErrorPosition(text);
  const end = text.trimEnd().length;
  if (found < 0 || found >= end) {
    const { line, column } = lineOf(text, end);
    return (
      `${file} is cut off: the JSON ends in the middle, at line ${line}, column ${column} ` +
      `(its last characters are ${JSON.stringify(text.slice(0, end).slice(-30))}). Copy or download it again.`
    );
  }
  const { line, column } = lineOf(text, found);
  const near = JSON.stringify(text.slice(Math.max(0, found - 20), found + 20));
  const word = /^-?(?:NaN|Infinity)/.exec(text.slice(found, found + 12))?.[0];
  const advice = word
    ? `${word} is Python's spelling and no JSON: find those values where the file is written (json.dump with allow_nan=False raises).`
    : 'Mend it there, or write the file again with a JSON library.';
  return `${file} is not JSON: unexpected text at line ${line}, column ${column}, near ${near}. ${advice}`;
}

function lineOf(text: string, position: number): { line: number; column: number } {
  const before = text.slice(0, position);
  const last = before.lastIndexOf('\n');
  return { line: before.split('\n').length, column: position - last };
}
