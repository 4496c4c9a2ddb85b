/** What is left out where the loader is told to go on (`onFault: 'skip'`) and not to stop. */
export type Skipped = 'annotation' | 'image' | 'category' | 'file' | 'nothing';

/** What a loader does with what is wrong: `stop` (all of it in one Error), or `skip` (leave it out, count it, go on). */
export type FaultPolicy = 'stop' | 'skip';

/** One thing that is wrong with a file: where it is, what was found, and the kind it is counted under. */
export interface Problem {
  /** The file that it is in: a JSON, XML or txt file, or an image. */
  readonly file: string;
  /** Where in the file: a JSON path such as `annotations[4].bbox`, a line; empty where it is the file itself. */
  readonly at: string;
  /** What was found and what belongs there. */
  readonly found: string;
  /** Plural noun for the count: `boxes of no size`. */
  readonly kind: string;
  /** What to do about problems of this kind. */
  readonly advice: string;
  /** What `onFault: 'skip'` leaves out because of it. */
  readonly skips: Skipped;
}

/** The problems of one kind. */
export interface ProblemKind {
  readonly kind: string;
  readonly count: number;
  readonly advice: string;
  readonly skips: Skipped;
  /** The first ones, in order of appearance. */
  readonly examples: readonly Problem[];
}

/** Things that were left out. One annotation may have several problems, and counts once here. */
export interface LeftOut {
  readonly annotations: number;
  readonly images: number;
  readonly categories: number;
  readonly files: number;
}

/** All problems, counted; a bounded number of them in full. */
export interface ProblemSummary {
  readonly total: number;
  /** In order of first appearance. */
  readonly byKind: readonly ProblemKind[];
  /** What `onFault: 'skip'` left out; all 0 otherwise. */
  readonly leftOut: LeftOut;
}

/** Problems that a message lists. */
const SHOWN = 20;

const NONE: LeftOut = { annotations: 0, images: 0, categories: 0, files: 0 };

/**
 * Gathers everything that is wrong with a data set, so that a user mends it once and not once per run.
 * All are counted by kind; the first 20 overall and the first `examples` of a kind (default 20) are kept.
 */
export class Problems {
  readonly #source: string;
  readonly #examples: number;
  readonly #shown: Problem[] = [];
  readonly #kinds = new Map<string, { advice: string; skips: Skipped; count: number; examples: Problem[] }>();
  readonly #files = new Set<string>();
  readonly #leftOut = { ...NONE };

  /** @param source what messages call the whole: a path, or several joined by ' + ' */
  constructor(source: string, options: { readonly examples?: number } = {}) {
    this.#source = source;
    this.#examples = options.examples ?? SHOWN;
  }

  /** `file` may be left out where it is the source itself. */
  add(problem: Omit<Problem, 'file'> & { readonly file?: string }): void {
    const whole: Problem = { file: this.#source, ...problem };
    let kind = this.#kinds.get(whole.kind);
    if (kind === undefined) {
      kind = { advice: whole.advice, skips: whole.skips, count: 0, examples: [] };
      this.#kinds.set(whole.kind, kind);
    }
    kind.count++;
    kind.advice = whole.advice;
    if (kind.examples.length < this.#examples) kind.examples.push(whole);
    if (this.#shown.length < SHOWN) this.#shown.push(whole);
    if (this.#files.size < 2) this.#files.add(whole.file);
  }

  /** Counts what was left out, apart from why. */
  leaveOut(what: keyof LeftOut, count = 1): void {
    this.#leftOut[what] += count;
  }

  get count(): number {
    let total = 0;
    for (const { count } of this.#kinds.values()) total += count;
    return total;
  }

  summary(): ProblemSummary {
    const byKind = [...this.#kinds].map(([kind, { count, advice, skips, examples }]) => ({
      kind,
      count,
      advice,
      skips,
      examples: [...examples],
    }));
    return { total: this.count, byKind, leftOut: { ...this.#leftOut } };
  }

  /** Throws one Error that lists the problems, if there are any. A line names its file where they are in several. */
  throwIfAny(): void {
    const total = this.count;
    if (total === 0) return;
    const [only, second] = this.#files;
    const source = second === undefined ? only : this.#source;
    const kinds = [...this.#kinds].map(([kind, { count }]) => `${count} × ${kind}`).join(', ');
    const lines = [`${source}: ${total} ${total === 1 ? 'problem' : 'problems'} (${kinds})`];
    for (const problem of this.#shown) lines.push(`  ${line(problem, source)}`);
    if (total > this.#shown.length) lines.push(`  … and ${total - this.#shown.length} more`);
    for (const advice of new Set([...this.#kinds.values()].map((kind) => kind.advice))) {
      lines.push(`→ ${advice}`);
    }
    throw new Error(lines.join('\n'));
  }
}

/** One problem as a line; its file is named unless it is `source`. */
function line({ file, at, found }: Problem, source: string | undefined): string {
  return [...(file === source ? [] : [file]), ...(at === '' ? [] : [at]), found].join(': ');
}

/** No problem at all. */
export const NO_PROBLEMS: ProblemSummary = { total: 0, byKind: [], leftOut: NONE };

/** A value as a message shows it: JSON, cut to 60 characters. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
