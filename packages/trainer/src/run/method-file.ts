/** `method.json` of a checkpoint: what the method remembers, with its name. */
import { join } from 'node:path';
import type { StoredCheckpoint } from '../checkpoint/files.ts';
import { DamagedError } from '../checkpoint/state-file.ts';
import { isObject } from '../is-object.ts';

export const METHOD_FILE = 'method.json';

export function encodeMemory(kind: string, memory: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify({ kind, memory }, null, 2)}\n`);
}

/** What a checkpoint's method remembered. */
export interface StoredMemory {
  /** The method's name; undefined where an earlier version did not write it. */
  readonly kind: string | undefined;
  readonly memory: unknown;
}

/** @throws DamagedError where the file is none */
export function decodeMemory({ files, folder }: StoredCheckpoint<unknown>): StoredMemory {
  const path = join(folder, METHOD_FILE);
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(files.get(METHOD_FILE)!).toString('utf8'));
  } catch (error) {
    throw new DamagedError(`${path} is damaged: ${(error as Error).message}`);
  }
  if (!isObject(parsed) || typeof parsed['kind'] !== 'string')
    throw new DamagedError(`${path} is damaged: it names no method`);
  return { kind: parsed['kind'], memory: parsed['memory'] };
}

/** What versions that wrote no `method.json` kept in `state.json`: the watch over the losses. */
export function memoryOfFormat2(state: unknown): StoredMemory | undefined {
  const watch = isObject(state) ? state['watch'] : undefined;
  return watch === undefined ? undefined : { kind: undefined, memory: watch };
}
