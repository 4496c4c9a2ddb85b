/**
 * What a command may write, found out before its work is done: nothing that it reads, and no file of somebody else's.
 */
import { constants } from 'node:fs';
import { access, lstat, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UsageError } from '../errors.ts';

/** A file that is to be written. */
export interface Output {
  readonly path: string;
  /** What messages call the option it comes from: `--out`. */
  readonly option: string;
  /** Whether a file that is there already is one of the kind that is written, by its beginning: it may be replaced. */
  readonly isOurs: (head: Buffer) => boolean;
  /** What is written, for messages: `a list of detections`. */
  readonly what: string;
}

/** Bytes of a file's beginning that tell its kind. */
const HEAD = 4096;

/** Whether two paths lead to one file, whatever links, hard links or letters of another case are in between. */
const identity = async (path: string): Promise<string | undefined> => {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found && `${found.dev}:${found.ino}`;
};

/**
 * Looks at what is there already, and whether the outputs can be written. Nothing is made.
 *
 * @param inputs files that the command reads
 * @throws UsageError for an output that is an input, a folder, or a file of another kind; Error for a folder that
 *   cannot be written to
 */
export async function refuseOverwriting(outputs: readonly Output[], inputs: readonly string[]): Promise<void> {
  const there: Output[] = [];
  for (const output of outputs) if (await lstat(output.path).catch(() => undefined)) there.push(output);
  const read = new Map<string, string>();
  if (there.length > 0) {
    for (const input of inputs) {
      const key = await identity(input);
      if (key !== undefined) read.set(key, input);
    }
  }
  for (const output of there) await refuseOne(output, read);
  for (const folder of new Set(outputs.map(({ path }) => dirname(path)))) {
    const why = await whyNotWritable(folder);
    if (why === undefined) continue;
    const { option } = outputs.find(({ path }) => dirname(path) === folder)!;
    throw new Error(`${option}: ${folder} cannot be written to: ${why}.`);
  }
}

/** Of a folder, or of the nearest one above it that is there: it can then be made. */
async function whyNotWritable(folder: string): Promise<string | undefined> {
  const found = await stat(folder).catch((error: NodeJS.ErrnoException) => error);
  if (!(found instanceof Error) && 'isDirectory' in found) {
    if (!found.isDirectory()) return `${folder} is a file`;
    const may = access(folder, constants.W_OK | constants.X_OK);
    return may.then(
      () => undefined,
      () => `this user may not write in ${folder}`,
    );
  }
  const above = dirname(folder);
  return above === folder ? (found as Error).message : whyNotWritable(above);
}

async function refuseOne({ path, option, isOurs, what }: Output, read: ReadonlyMap<string, string>): Promise<void> {
  const key = await identity(path);
  // a link to nothing: it is replaced
  if (key === undefined) return;
  const input = read.get(key);
  if (input !== undefined) {
    throw new UsageError(
      `${option}: ${path} is ${input === path ? 'a file' : `${input}, a file`} that is read here; it would be overwritten. Name another place.`,
    );
  }
  const found = await stat(path);
  if (found.isDirectory()) throw new UsageError(`${option}: ${path} is a folder; name a file.`);
  // devices and pipes are written to as they are
  if (!found.isFile()) return;
  if (isOurs(await headOf(path))) return;
  throw new UsageError(
    `${option}: ${path} is there already and is not ${what}; it is not overwritten. Name another place, or remove it.`,
  );
}

async function headOf(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** A JSON list, or a file without anything in it. */
export const isJsonList = (head: Buffer): boolean => /^(\s*\[|\s*$)/.test(head.toString('latin1'));
/** A page of HTML, or a file without anything in it. */
export const isHtml = (head: Buffer): boolean => /^(\s*<(!doctype )?html|\s*$)/i.test(head.toString('latin1'));
