/**
 * What is timed, again and again: once to warm up, then `steps` times, and where a profile is asked for as often with a
 * recorder.
 */
import { prepare } from '../backend.ts';
import type { Context } from '../context.ts';
import { createTalk, type Talk } from '../ui/console.ts';
import { Profiler, type Profile } from './profile/profile.ts';
import type { Recording } from './profile/recorder.ts';

export interface LoopChoices {
  readonly steps: number;
  /** Where to write the profile. */
  readonly profile?: string;
  /** Whether to count operations, bytes and launches. */
  readonly count?: boolean;
  readonly json?: boolean;
}

export interface Timed<T> {
  /** What the last run gave. */
  readonly last: T;
  /** Milliseconds of each run without a recorder. */
  readonly times: readonly number[];
  readonly profile?: Profile;
  readonly recording?: Recording;
}

/** @param after is called after each timed run with its number from 1, and after the one that warms up with 0 */
export async function timeRuns<T>(
  what: string,
  body: () => T | Promise<T>,
  { steps, profile, count }: LoopChoices,
  talk: Talk,
  after: (run: number) => void = () => {},
): Promise<Timed<T>> {
  // Counts are the same at every step; times are not.
  const profiled = profile !== undefined ? steps : count === true ? 1 : 0;
  const profiler = profiled > 0 ? new Profiler() : undefined;
  const times: number[] = [];
  talk.status('warming up');
  let last = await body();
  after(0);
  for (let run = 1; run <= steps; run++) {
    talk.status(`${what} ${run} of ${steps}`);
    const begun = performance.now();
    last = await body();
    times.push(performance.now() - begun);
    if (run <= profiled) await profiler!.run(body);
    after(run);
    await new Promise(setImmediate); // lets Ctrl-C in
  }
  talk.clear();
  if (profiler === undefined) return { last, times };
  return { last, times, profile: profiler.finish(), recording: profiler.last! };
}

/** The backend's fields of a result. */
export interface BackendFields {
  readonly backend: string;
  readonly tensorflow?: string;
  readonly gpu?: boolean;
}

/** Prepares the backend and says what is slow about it. */
export async function startBackend(
  context: Context,
  profiles: boolean,
): Promise<{ talk: Talk; fields: BackendFields }> {
  const talk = createTalk(context.io);
  const { backend, tensorflow, gpu, warning } = await prepare();
  if (warning) talk.warn(warning);
  if (gpu && profiles) {
    talk.warn(
      'A GPU computes after an op was handed over: the times by op are of handing over, and what was waited for is in the downloads.',
    );
  }
  return { talk, fields: { backend, ...(tensorflow === undefined ? {} : { tensorflow, gpu }) } };
}
