/** Steps measured with and without a recorder, and what is written of them. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tenths } from '../models.ts';
import { installHooks } from './hooks.ts';
import { dispatchCost, watchingCost } from './overhead.ts';
import { Recorder, type Recording } from './recorder.ts';
import { Summarizer, type Summary } from './summary.ts';
import { countsText, opsTable, phasesTable, shapesTable } from './tables.ts';
import { chromeTrace } from './trace.ts';

export interface Profile extends Summary {
  /** Milliseconds of a profiled step, median; without the recorder it is the result's own number. */
  readonly ms_profiled: number;
  /** What the recorder adds to a step: its cost a kernel, measured on one that does nothing, times the kernels. */
  readonly overhead_ms: number;
  /** What handing one op over to the backend takes. */
  readonly dispatch_us: number;
}

/** Records one run of `body`. */
export async function record<T>(body: () => T | Promise<T>): Promise<{ result: T; recording: Recording }> {
  const recorder = new Recorder();
  const remove = installHooks(recorder);
  try {
    const result = await body();
    return { result, recording: recorder.finish() };
  } finally {
    remove();
  }
}

/** Collects the recordings of a bench's steps. */
export class Profiler {
  readonly #summarizer = new Summarizer();
  readonly #times: number[] = [];
  /** Of the last step; the others are only added up. */
  last: Recording | undefined;

  async run<T>(body: () => T | Promise<T>): Promise<T> {
    const { result, recording } = await record(body);
    this.#summarizer.add(recording);
    this.#times.push(recording.spans[0]!.duration);
    this.last = recording;
    return result;
  }

  finish(): Profile {
    const summary = this.#summarizer.summary();
    const times = this.#times.sort((a, b) => a - b);
    return {
      ms_profiled: tenths(times[times.length >> 1]!),
      overhead_ms: Math.round(1000 * watchingCost() * (summary.totals.kernels + summary.totals.downloads)) / 1000,
      dispatch_us: tenths(1000 * dispatchCost()),
      ...summary,
    };
  }
}

/** Rows of the table by shape that are printed into the file; profile.json has all. */
const SHAPES = 60;

/** Writes `profile.json`, `profile.txt` and `trace.json` (of the last step). */
export async function writeProfile(
  folder: string,
  profile: Profile,
  last: Recording,
  about: Readonly<Record<string, unknown>>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const text = `${profileText(profile)}\n\n${shapesTable(profile.shapes.slice(0, SHAPES))}\n`;
  await Promise.all([
    writeFile(join(folder, 'profile.json'), `${JSON.stringify({ ...about, profile }, null, 1)}\n`),
    writeFile(join(folder, 'profile.txt'), text),
    writeFile(join(folder, 'trace.json'), JSON.stringify(chromeTrace(last, about))),
  ]);
}

/** The fields of a result with `--count` or `--profile`. */
export function profileFields(profile: Profile | undefined, folder: string | undefined): object {
  if (profile === undefined) return {};
  const { totals, shapes: _inTheFile, ...rest } = profile;
  return {
    counts: { ...totals, dispatch_us: profile.dispatch_us },
    ...(folder === undefined ? {} : { profile: rest }),
  };
}

/** What is printed of a profile: with a folder all of it, else the counts. */
export function profileReport(profile: Profile, folder: string | undefined): string {
  if (folder === undefined) return countsText(profile.totals, profile.dispatch_us / 1000);
  return `\n${profileText(profile)}\n\nprofile.txt, profile.json and trace.json (for ui.perfetto.dev) are in ${folder}`;
}

function profileText(profile: Profile): string {
  const { totals, phases, ops, steps, ms_profiled, overhead_ms, dispatch_us } = profile;
  return [
    phasesTable(phases),
    opsTable(ops),
    countsText(totals, dispatch_us / 1000),
    `means of ${steps} profiled step${steps === 1 ? '' : 's'}, ${ms_profiled} ms each (median); profiling takes ${overhead_ms} ms of it ` +
      `(${((100 * overhead_ms) / ms_profiled).toFixed(2)} %)`,
  ].join('\n\n');
}
