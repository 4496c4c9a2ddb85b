/**
 * Checkpoint folders: `checkpoints/step-N/` with some files and `state.json`, which has the size and the SHA-256 of
 * each. They are written aside, fsynced and renamed, and renamed before they are removed, so that a folder of that name
 * is whole; the sums catch what went wrong afterwards.
 */
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { attempt, codeOf, exists, readNamed, syncFolder, writeDurably } from '../disk/durable.ts';
import { DamagedError, decodeStateFile, encodeStateFile, sha256, type FileSum, type StateFile } from './state-file.ts';

const STATE = 'state.json';

export interface StoredCheckpoint<S> {
  readonly step: number;
  readonly folder: string;
  readonly state: S;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

export const checkpointFolder = (root: string, step: number): string => join(root, `step-${step}`);
/** What is under way has a name under which nobody looks for a checkpoint. */
const aside = (what: 'writing' | 'replaced' | 'removing', root: string, step: number): string =>
  join(root, `.${what}-step-${step}`);

/** Steps that have a folder, whole or not, ascending. @throws Error where the folder may not be read */
export function checkpointSteps(root: string): number[] {
  return stepsOf(root, /^step-(\d+)$/);
}

function stepsOf(root: string, pattern: RegExp): number[] {
  if (!exists(root)) return [];
  return readdirSync(root)
    .map((name) => pattern.exec(name))
    .filter((match) => match !== null)
    .map((match) => Number(match[1]))
    .filter((step) => Number.isSafeInteger(step))
    .sort((a, b) => a - b);
}

/** Writes `root/step-N`. When it returns, the checkpoint is on the disk; killed before, it does not exist. */
export function writeCheckpoint<S>(
  root: string,
  step: number,
  files: ReadonlyMap<string, Uint8Array>,
  state: S,
): string {
  const folder = checkpointFolder(root, step);
  const unfinished = aside('writing', root, step);
  const former = aside('replaced', root, step);
  try {
    mkdirSync(root, { recursive: true });
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished);
    const sums: Record<string, FileSum> = {};
    for (const [name, bytes] of files) {
      writeDurably(join(unfinished, name), bytes);
      sums[name] = { bytes: bytes.length, sha256: sha256(bytes) };
    }
    writeDurably(join(unfinished, STATE), encodeStateFile({ step, state, files: sums }));
    syncFolder(unfinished);
    // one of the same step: broken, and a resumed run passes it again, or written before its evaluation
    if (exists(folder)) {
      rmSync(former, { recursive: true, force: true });
      renameSync(folder, former);
    }
    renameSync(unfinished, folder);
    syncFolder(root);
  } catch (error) {
    attempt(() => restoreReplaced(root));
    attempt(() => rmSync(unfinished, { recursive: true, force: true })); // on a full disk, others need the room
    throw new CheckpointError(`The checkpoint ${folder} could not be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
  attempt(() => rmSync(former, { recursive: true, force: true }));
  return folder;
}

/** A checkpoint could not be written. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
}

/**
 * Reads a checkpoint folder and checks it.
 * @throws Error that says what is wrong with it, or why it cannot be read
 */
export function readCheckpoint<S>(folder: string): StoredCheckpoint<S> {
  const stateFile = readStateFile<S>(folder);
  const files = new Map<string, Uint8Array>();
  for (const [name, sum] of Object.entries(stateFile.files)) files.set(name, readSummed(join(folder, name), sum));
  return { step: stateFile.step, folder, state: stateFile.state, files };
}

/** Whether a checkpoint is whole: as {@link readCheckpoint} finds it, one file in memory at a time. */
export function isWhole(folder: string): boolean {
  try {
    for (const [name, sum] of Object.entries(readStateFile(folder).files)) readSummed(join(folder, name), sum);
    return true;
  } catch {
    return false;
  }
}

function readStateFile<S>(folder: string): StateFile<S> {
  const path = join(folder, STATE);
  const bytes = readFile(path, `${folder} has no ${STATE}: it is no checkpoint, or was not written to the end`);
  const stateFile = decodeStateFile<S>(bytes, path);
  const named = /^step-(\d+)$/.exec(basename(folder))?.[1];
  if (named !== undefined && Number(named) !== stateFile.step)
    throw new DamagedError(`${path} is of step ${stateFile.step}, its folder of step ${named}`);
  return stateFile;
}

function readSummed(path: string, sum: FileSum): Uint8Array {
  const bytes = readFile(path, `${path} is missing`);
  if (bytes.length !== sum.bytes)
    throw new DamagedError(`${path} has ${bytes.length} bytes instead of ${sum.bytes}: it was cut off or changed`);
  if (sha256(bytes) !== sum.sha256)
    throw new DamagedError(`${path} does not have the SHA-256 of its ${STATE}: it was changed or damaged`);
  return bytes;
}

function readFile(path: string, missing: string): Uint8Array {
  try {
    return readNamed(path);
  } catch (error) {
    const code = codeOf(error) ?? '';
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new DamagedError(missing);
    if (code === 'EISDIR' || code === 'EIO') throw new DamagedError(`${path} is damaged: ${(error as Error).message}`);
    throw error;
  }
}

/**
 * The newest whole checkpoint; broken ones are reported to `log` and skipped. Undefined where there is none, broken or
 * not.
 * @param check throws a DamagedError for a state that is not what the caller wrote
 * @throws Error where there are some and none is whole, or where one is kept from being read: whoever takes that for an
 *   empty folder begins anew and writes over it
 */
export function newestCheckpoint<S>(
  root: string,
  log: (message: string) => void = () => {},
  check: (stored: StoredCheckpoint<S>) => void = () => {},
): StoredCheckpoint<S> | undefined {
  const broken: string[] = [];
  for (const step of checkpointSteps(root).reverse()) {
    const folder = checkpointFolder(root, step);
    try {
      const stored = readCheckpoint<S>(folder);
      check(stored);
      return stored;
    } catch (error) {
      const { message } = error as Error;
      if (!(error instanceof DamagedError)) {
        throw new Error(
          `The checkpoint ${folder} cannot be read: ${message}. Mend that (its permissions, the disk), ` +
            `or move it out of ${root} to go on from the one before it.`,
          { cause: error },
        );
      }
      log(`The checkpoint of step ${step} is skipped: ${message}.`);
      broken.push(`  ${message}`);
    }
  }
  if (broken.length === 0) return undefined;
  throw new Error(
    `${root} has ${broken.length === 1 ? 'a checkpoint' : `${broken.length} checkpoints`}, but none that is whole:\n${broken.join('\n')}\n` +
      'Put one back from a copy, or begin anew in another folder; nothing has been changed here.',
  );
}

/** Puts back a checkpoint whose replacement did not come to its end. */
export function restoreReplaced(root: string): void {
  for (const step of stepsOf(root, /^\.replaced-step-(\d+)$/)) {
    if (!exists(checkpointFolder(root, step))) renameSync(aside('replaced', root, step), checkpointFolder(root, step));
  }
}

/** Removes what interrupted writes and removals left. */
function sweep(root: string): void {
  restoreReplaced(root);
  for (const what of ['writing', 'replaced', 'removing'] as const) {
    for (const step of stepsOf(root, new RegExp(`^\\.${what}-step-(\\d+)$`)))
      rmSync(aside(what, root, step), { recursive: true, force: true });
  }
}

/**
 * Removes the checkpoints before `newest`, which was just written, but for those of `always` and as many of the newest
 * whole ones as make `keep` with it; and what interrupted writes and removals left. Broken ones do not count, and one
 * of a later step stays: the run writes over it when it comes there.
 */
export function pruneCheckpoints(
  root: string,
  newest: number,
  options: {
    readonly keep: number;
    readonly always: ReadonlySet<number>;
    readonly isWhole?: (step: number) => boolean;
  },
): void {
  const { keep, always, isWhole: whole = (step) => isWhole(checkpointFolder(root, step)) } = options;
  sweep(root);
  let kept = always.has(newest) ? 0 : 1;
  for (const step of checkpointSteps(root).reverse()) {
    if (step >= newest || always.has(step)) continue;
    if (kept >= keep) removeCheckpoint(root, step);
    else if (whole(step)) kept++;
  }
}

/** Killed at any moment, the checkpoint is there as a whole or not at all. */
function removeCheckpoint(root: string, step: number): void {
  const unwanted = aside('removing', root, step);
  renameSync(checkpointFolder(root, step), unwanted);
  rmSync(unwanted, { recursive: true, force: true });
}
