/**
 * Checkpoint folders: `checkpoints/step-N/` with some files and `state.json`, which has the size and the SHA-256 of each. They are
 * written aside, fsynced and renamed, so that a folder of that name is whole; the sums catch what went wrong afterwards.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

const STATE = 'state.json';
const FORMAT = 1;

interface FileSum {
  readonly bytes: number;
  readonly sha256: string;
}

/** What `state.json` has: the trainer's own state, and the sums of the other files. */
interface StateFile<S> {
  readonly format: number;
  readonly step: number;
  readonly state: S;
  readonly files: Readonly<Record<string, FileSum>>;
}

export interface StoredCheckpoint<S> {
  readonly step: number;
  readonly folder: string;
  readonly state: S;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

const stepName = (step: number): string => `step-${step}`;

/** Steps that have a folder, whole or not, ascending. */
export function checkpointSteps(root: string): number[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .map((name) => /^step-(\d+)$/.exec(name))
    .filter((match) => match !== null)
    .map((match) => Number(match[1]))
    .sort((a, b) => a - b);
}

/** Writes `root/step-N`. When it returns, the checkpoint is on the disk; killed before, it does not exist. */
export function writeCheckpoint<S>(
  root: string,
  step: number,
  files: ReadonlyMap<string, Uint8Array>,
  state: S,
): string {
  const folder = join(root, stepName(step));
  const aside = join(root, `.writing-${stepName(step)}`);
  mkdirSync(root, { recursive: true });
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside);
  try {
    const sums: Record<string, FileSum> = {};
    for (const [name, bytes] of files) {
      writeDurably(join(aside, name), bytes);
      sums[name] = { bytes: bytes.length, sha256: sha256(bytes) };
    }
    const stateFile: StateFile<S> = { format: FORMAT, step, state, files: sums };
    writeDurably(join(aside, STATE), Buffer.from(`${JSON.stringify(stateFile, null, 2)}\n`));
    sync(aside);
  } catch (error) {
    rmSync(aside, { recursive: true, force: true }); // on a full disk, others need the room
    throw new Error(`The checkpoint ${folder} could not be written: ${(error as Error).message}`, { cause: error });
  }
  rmSync(folder, { recursive: true, force: true }); // a broken one of the same step, that a resumed run passes again
  renameSync(aside, folder);
  sync(root);
  return folder;
}

/** Reads a checkpoint folder and checks it. @throws Error that says what is wrong with it */
export function readCheckpoint<S>(folder: string): StoredCheckpoint<S> {
  const path = join(folder, STATE);
  if (!existsSync(path))
    throw new Error(`${folder} has no ${STATE}: it is no checkpoint, or was not written to the end`);
  let parsed: StateFile<S>;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8')) as StateFile<S>;
  } catch (error) {
    throw new Error(`${path} is damaged: ${(error as Error).message}`);
  }
  if (parsed.format !== FORMAT)
    throw new Error(`${path} has format ${parsed.format}; this version reads format ${FORMAT}`);
  const files = new Map<string, Uint8Array>();
  for (const [name, sum] of Object.entries(parsed.files)) {
    const file = join(folder, name);
    if (!existsSync(file)) throw new Error(`${file} is missing`);
    const bytes = readFileSync(file);
    if (bytes.length !== sum.bytes)
      throw new Error(`${file} has ${bytes.length} bytes instead of ${sum.bytes}: it was cut off or changed`);
    if (sha256(bytes) !== sum.sha256)
      throw new Error(`${file} does not have the SHA-256 of its ${STATE}: it was changed or damaged`);
    files.set(name, bytes);
  }
  return { step: parsed.step, folder, state: parsed.state, files };
}

/** The newest whole checkpoint; broken ones are reported to `log` and skipped. Undefined where there is none. */
export function newestCheckpoint<S>(
  root: string,
  log: (message: string) => void = () => {},
): StoredCheckpoint<S> | undefined {
  for (const step of checkpointSteps(root).reverse()) {
    try {
      return readCheckpoint<S>(join(root, stepName(step)));
    } catch (error) {
      log(`The checkpoint of step ${step} is skipped: ${(error as Error).message}.`);
    }
  }
  return undefined;
}

/** Removes what an interrupted write left, and all but the newest `keep` checkpoints and those of `always`. */
export function pruneCheckpoints(root: string, keep: number, always: ReadonlySet<number>): void {
  if (!existsSync(root)) return;
  for (const name of readdirSync(root)) {
    if (name.startsWith('.writing-')) rmSync(join(root, name), { recursive: true, force: true });
  }
  const steps = checkpointSteps(root).filter((s) => !always.has(s));
  for (const step of steps.slice(0, Math.max(0, steps.length - keep))) {
    rmSync(join(root, stepName(step)), { recursive: true, force: true });
  }
}

function writeDurably(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'w');
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function sync(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } catch {
    // some file systems cannot sync a folder; the rename is still atomic
  } finally {
    closeSync(handle);
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
