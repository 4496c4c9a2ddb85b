/**
 * Where in a JSON file an error is, for files of any size: nothing but a few megabytes around it is read into memory.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { jsonErrorPosition } from './json-error.ts';

/** How far behind the start of a value its error is looked for. */
const REACH = 16 * 2 ** 20;
const CHUNK = 2 ** 20;
/** Bytes of the file that a message shows on each side. */
const NEAR = 20;

/** The byte of the first error in the value that begins at `start`. */
export function firstError(file: string, start: number): number {
  const text = read(file, start, REACH).toString('utf8');
  const position = jsonErrorPosition(text);
  return start + (position < 0 ? 0 : Buffer.byteLength(text.slice(0, position)));
}

/** What is wrong at a byte of a file, with line and column, and what to do. */
export async function explainJsonError(file: string, offset: number, size: number): Promise<string> {
  const rest = read(file, offset, 64);
  const end = rest.toString('utf8').trim() === '' && offset + rest.length >= size ? lastCharacter(file, offset) : -1;
  if (end >= 0) {
    const { line, column } = await lineOf(file, end);
    const last = read(file, Math.max(0, end - 60), Math.min(60, end))
      .toString('utf8')
      .slice(-30);
    return (
      `${file} is cut off: the JSON ends in the middle, at line ${line}, column ${column} ` +
      `(its last characters are ${JSON.stringify(last)}). Copy or download it again.`
    );
  }
  const { line, column } = await lineOf(file, offset);
  const before = read(file, Math.max(0, offset - 60), Math.min(60, offset))
    .toString('utf8')
    .slice(-NEAR);
  const near = JSON.stringify(before + rest.toString('utf8').slice(0, NEAR));
  const word = /^-?(?:NaN|Infinity)/.exec(rest.toString('latin1', 0, 12))?.[0];
  const slip = slipOf(before, rest.toString('utf8'));
  const advice = slip
    ? slip
    : word
      ? `${word} is Python's spelling and no JSON: find those values where the file is written (json.dump with allow_nan=False raises).`
      : /^[\0]{8}/.test(rest.toString('latin1'))
        ? 'Zero bytes are what a copy or a download that never finished leaves: do it again.'
        : 'Mend it there, or write the file again with a JSON library.';
  return `${file} is not JSON: unexpected text at line ${line}, column ${column}, near ${near}. ${advice}`;
}

/** What people and other languages write that JSON does not have; undefined where it is something else. */
function slipOf(before: string, rest: string): string | undefined {
  const last = before.trimEnd().at(-1);
  if (/^\s*(?:\/\/|\/\*|#)/.test(rest)) return 'JSON has no comments: take them out.';
  if (/^\s*[}\]]/.test(rest) && last === ',') return 'JSON has no comma after the last entry: take it out.';
  if (/^\s*'/.test(rest))
    return "JSON's strings have double quotes: this looks like print() of Python, where json.dump is needed.";
  if (/^\s*(?:True|False|None)\b/.test(rest)) return 'True, False and None are Python: write the file with json.dump.';
  if (/^\s*[{[]/.test(rest) && (last === '}' || last === ']')) {
    return 'One value follows another, as in JSON Lines (one object a line): a COCO file is one object with lists.';
  }
  return undefined;
}

/** The end of the text in front of `offset`, without white space. */
function lastCharacter(file: string, offset: number): number {
  const from = Math.max(0, offset - CHUNK);
  return (
    from +
    read(file, from, offset - from)
      .toString('latin1')
      .trimEnd().length
  );
}

/** Line and column (in characters) of a byte, both from 1. */
async function lineOf(file: string, offset: number): Promise<{ line: number; column: number }> {
  let line = 1;
  let column = 1;
  const handle = openSync(file, 'r');
  try {
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, offset));
    for (let at = 0; at < offset;) {
      const length = readSync(handle, buffer, 0, Math.min(CHUNK, offset - at), at);
      if (length === 0) break;
      const bytes = buffer.subarray(0, length);
      let from = 0;
      for (let i = bytes.indexOf(0x0a); i >= 0; i = bytes.indexOf(0x0a, from)) {
        line++;
        column = 1;
        from = i + 1;
      }
      // bytes that go on with a character of UTF-8 are no new column
      for (let i = from; i < length; i++) if (((bytes[i] as number) & 0xc0) !== 0x80) column++;
      at += length;
      await new Promise(setImmediate);
    }
  } finally {
    closeSync(handle);
  }
  return { line, column };
}

function read(file: string, start: number, length: number): Buffer {
  const handle = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(Math.max(0, Math.min(length, fstatSync(handle).size - start)));
    for (let got = 0; got < buffer.length;) {
      const n = readSync(handle, buffer, got, buffer.length - got, start + got);
      if (n === 0) return buffer.subarray(0, got);
      got += n;
    }
    return buffer;
  } finally {
    closeSync(handle);
  }
}
