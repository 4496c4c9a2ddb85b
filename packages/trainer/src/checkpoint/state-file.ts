/**
 * `state.json` of a checkpoint: the trainer's own state and the sums of the other files, with a sum of itself as the
 * last line. Format 1, which earlier versions wrote, had none.
 */
import { createHash } from 'node:crypto';
import { isObject } from '../is-object.ts';

const FORMAT = 3;
/** Earlier ones: the files of a checkpoint had other names in 2, and `state.json` no sum of its own in 1. */
const READ = [1, 2, FORMAT];
const WITHOUT_SUM = 1;
const SUM = /,\n {2}"sha256": "([0-9a-f]{64})"\n\}\n$/;

export interface FileSum {
  readonly bytes: number;
  readonly sha256: string;
}

export interface StateFile<S> {
  readonly step: number;
  readonly state: S;
  readonly files: Readonly<Record<string, FileSum>>;
}

/** What is wrong with a checkpoint, as opposed to a disk or permissions that keep it from being read. */
export class DamagedError extends Error {
  override readonly name = 'DamagedError';
}

export function encodeStateFile<S>({ step, state, files }: StateFile<S>): Uint8Array {
  const body = JSON.stringify({ format: FORMAT, step, state, files }, null, 2).slice(0, -2);
  return Buffer.from(`${body},\n  "sha256": "${sha256(Buffer.from(body))}"\n}\n`);
}

/**
 * Reads and checks `state.json`.
 * @param path for messages
 * @throws DamagedError that says what is wrong with it
 */
export function decodeStateFile<S>(bytes: Uint8Array, path: string): StateFile<S> {
  const text = Buffer.from(bytes).toString('utf8');
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new DamagedError(`${path} is damaged: ${(error as Error).message}`);
  }
  const { format, step, state, files, sha256: stated } = isObject(parsed) ? parsed : {};
  if (!READ.includes(format as number)) {
    const found = JSON.stringify(format)?.slice(0, 40) ?? 'none';
    throw new DamagedError(`${path} has the format ${found}; this version reads ${READ.join(', ')}`);
  }
  if (format !== WITHOUT_SUM || stated !== undefined) {
    const sum = SUM.exec(text);
    if (!sum || sha256(bytes.subarray(0, bytes.length - sum[0].length)) !== sum[1])
      throw new DamagedError(`${path} does not have the SHA-256 that it states: it was changed or damaged`);
  }
  const wrong = (field: string, wanted: string) => new DamagedError(`${path} is damaged: "${field}" is not ${wanted}`);
  if (!Number.isSafeInteger(step) || (step as number) < 0) throw wrong('step', 'a number of steps');
  if (!isObject(state)) throw wrong('state', 'an object');
  if (!isObject(files)) throw wrong('files', 'an object');
  for (const [name, sum] of Object.entries(files)) {
    if (!/^[\w-][\w.-]*$/.test(name)) throw wrong('files', `of plain names: ${JSON.stringify(name).slice(0, 80)}`);
    if (!isObject(sum) || typeof sum['bytes'] !== 'number' || typeof sum['sha256'] !== 'string')
      throw wrong(`files.${name}`, '{ bytes, sha256 }');
  }
  return { step: step as number, state: state as S, files: files as StateFile<S>['files'] };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
