/** What becomes of a run that cannot go on: what it has done is kept where that can be, and the error says where. */
import { mkdirSync } from 'node:fs';
import { CheckpointError } from '../checkpoint/files.ts';
import { NotFiniteError } from '../guards/finite.ts';
import { describePlace, FolderLostError, type FolderLock } from './folder-lock.ts';

/** A run ended before its end. What the message says can be done. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';
  /** The folder that the run can be resumed in; undefined where there is none. */
  readonly resumeIn: string | undefined;
  /** What a program adds to the message: how its user resumes a run. */
  readonly advice = 'resume';
  constructor(message: string, resumeIn: string | undefined, cause: Error) {
    super(message, { cause });
    this.resumeIn = resumeIn;
  }
}

/** What {@link afterFailure} needs to know of a run. */
export interface Interrupted {
  readonly options: { readonly out: string };
  readonly lock: FolderLock;
  readonly state: { readonly step: number; readonly updating: boolean };
  /** The last checkpoint, and whether it is of the last step with nothing to add. */
  readonly checkpoint: string | undefined;
  readonly isCurrent: boolean;
  /** Writes what a run folder has from the start. */
  begin: (out: string) => void;
  /** Writes a checkpoint of the last step into a run folder; returns its own. */
  save(out: string): string;
}

/**
 * Keeps what a run has done: a checkpoint of the last whole step, and an Error that says so. Weights that are not
 * finite, or were being updated, are left alone: they are nothing to keep.
 */
export function afterFailure(run: Interrupted, cause: Error): Error {
  if (cause instanceof NotFiniteError) return cause;
  const { options, checkpoint } = run;
  const { step, updating } = run.state;
  const { out, words } = placeOf(run, cause);
  if (out === undefined) return new StoppedError(words, undefined, cause);
  if (step === 0) return words === cause.message ? cause : new StoppedError(words, undefined, cause);
  const last = checkpoint === undefined ? 'There is no checkpoint yet.' : `The last checkpoint is ${checkpoint}.`;
  const resume = out === options.out ? 'When the cause is mended, resume the run.' : `Resume the run in ${out}.`;
  const stopped = (kept: string) => new StoppedError(`${words}\n${kept} ${resume}`, out, cause);
  if (run.isCurrent && out === options.out) return stopped(`The run is kept at step ${step}: ${checkpoint}.`);
  // a second try would end as the first
  if (updating || (cause instanceof CheckpointError && out === options.out)) return stopped(last);
  try {
    return stopped(`The run is kept at step ${step}: ${run.save(out)}.`);
  } catch (error) {
    return stopped(`A checkpoint of step ${step} could not be written (${(error as Error).message}). ${last}`);
  }
}

/** The run folder to keep the run in, none where there is none to write into, and all that the user must know. */
function placeOf({ options, begin, lock, state }: Interrupted, cause: Error): { out?: string; words: string } {
  const { out } = options;
  try {
    const place = lock.place();
    const lost = describePlace(out, place);
    const words = lost === undefined || cause instanceof FolderLostError ? cause.message : `${cause.message}\n${lost}`;
    if (place.kind === 'held') return { out, words };
    if (place.kind === 'moved') return { out: place.to, words };
    if (place.kind === 'taken' || state.step === 0) return { words };
    mkdirSync(out); // not with those it is in: where they are gone too, a disk has been taken out
    begin(out);
    return {
      out,
      words: `${words} It is made anew, with the weights of now; metrics.jsonl and the earlier checkpoints are not in it.`,
    };
  } catch (error) {
    return { words: `${cause.message}\nNothing more could be written: ${(error as Error).message}.` };
  }
}
