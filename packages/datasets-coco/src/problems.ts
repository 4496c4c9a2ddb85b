/** What is left out where the loader is told to go on (`onFault: 'skip'`) and not to stop. */
export type Skipped = 'annotation' | 'image' | 'category' | 'file' | 'nothing';

/**
 * What a loader does with what is wrong: `stop` (all of it in one Error), or `skip` (leave it out, count it, go on).
 */
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
/** Problems of a kind that are kept in full by default: some 4 MB of the worst file. */
const KEPT = 10_000;

const NONE: LeftOut = { annotations: 0, images: 0, categories: 0, files: 0 };

interface Kind {
  advice: string;
  skips: Skipped;
  count: number;
  examples: Problem[];
}

/** What {@link Problems.throwIfAny} throws: a message for people, and all of it as data. */
export class DataError extends Error {
  override readonly name = 'DataError';
  readonly problems: ProblemSummary;

  constructor(message: string, problems: ProblemSummary) {
    super(message);
    this.problems = problems;
  }
}

/**
 * Gathers everything that is wrong with a data set, so that a user mends it once and not once per run. All are counted
 * by kind; a message lists the first 20, and the first `examples` of a kind (default 10,000) are kept as data.
 */
export class Problems {
  readonly #source: string;
  readonly #examples: number;
  readonly #shown: Problem[] = [];
  readonly #kinds = new Map<string, Kind>();
  readonly #files = new Set<string>();
  readonly #leftOut = { ...NONE };
  #count = 0;

  /** @param source what messages call the whole: a path, or several joined by ' + ' */
  constructor(source: string, options: { readonly examples?: number } = {}) {
    this.#source = source;
    this.#examples = options.examples ?? KEPT;
  }

  /** `file` may be left out where it is the source itself. */
  add(problem: Omit<Problem, 'file'> & { readonly file?: string }): void {
    const whole: Problem = { file: this.#source, ...problem };
    const kind = this.#kindOf(whole);
    kind.count++;
    this.#count++;
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
    return this.#count;
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

  /** Adds all of another summary. */
  merge({ byKind, leftOut }: ProblemSummary): void {
    for (const { count, examples, ...rest } of byKind) {
      for (const example of examples) this.add(example);
      // the kind is there even where its examples were not kept
      const kind = this.#kindOf(rest);
      kind.count += count - examples.length;
      this.#count += count - examples.length;
    }
    for (const what of Object.keys(NONE) as (keyof LeftOut)[]) this.leaveOut(what, leftOut[what]);
  }

  #kindOf({ kind, advice, skips }: Pick<Problem, 'kind' | 'advice' | 'skips'>): Kind {
    let found = this.#kinds.get(kind);
    if (found === undefined) {
      found = { advice, skips, count: 0, examples: [] };
      this.#kinds.set(kind, found);
    }
    return found;
  }

  /**
   * Throws one {@link DataError} that lists the problems, if there are any. A line names its file where they are in
   * several.
   */
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
    throw new DataError(lines.join('\n'), this.summary());
  }
}

/**
 * Longest piece of a line, in characters: more than a path has, and less than what a broken file can hold where a name
 * belongs.
 */
const PIECE_CHARACTERS = 2_000;

/** One problem as a line; its file is named unless it is `source`. */
function line({ file, at, found }: Problem, source: string | undefined): string {
  const pieces = [...(file === source ? [] : [file]), ...(at === '' ? [] : [at]), found];
  return pieces
    .map((piece) => (piece.length > PIECE_CHARACTERS ? `${piece.slice(0, PIECE_CHARACTERS - 1)}…` : piece))
    .join(': ');
}

/** No problem at all. */
export const NO_PROBLEMS: ProblemSummary = { total: 0, byKind: [], leftOut: NONE };

/**
 * What a summary says, a sentence or two for each kind: how many, the first one, what it means. For places that are no
 * list of faults.
 */
export function sentencesOf({ byKind }: ProblemSummary): string[] {
  return byKind.map(({ kind, count, advice, examples: [first] }) => {
    const place = first === undefined ? '' : ` (${count === 1 ? '' : 'first: '}${line(first, undefined)})`;
    return `${count} × ${kind}${place}${advice === '' ? '.' : `: ${advice}.`}`;
  });
}

/** Longest value in a message, in characters. */
const SHOWN_CHARACTERS = 60;

/**
 * A value as a message shows it: JSON, cut to 60 characters. What is deep, long or leads to itself is not walked to its
 * end.
 */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = textOf(value, SHOWN_CHARACTERS + 1);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS - 3)}…` : text;
}

/** What JSON and YAML have beside texts, lists and maps. */
type Scalar = number | bigint | boolean | null;

/** JSON of a value, of which `most` characters are needed. */
function textOf(value: unknown, most: number): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, most));
  if (typeof value !== 'object' || value === null) {
    const scalar = value as Scalar | undefined;
    return String(scalar ?? null);
  }
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  let text = open as string;
  for (const [key, part] of partsOf(value)) {
    if (text.length > most) break;
    if (text.length > 1) text += ',';
    text += key === undefined ? '' : `${textOf(key, most)}:`;
    text += textOf(part, most - text.length);
  }
  return text + close;
}

function* partsOf(value: object): Generator<[string | undefined, unknown]> {
  if (Array.isArray(value)) for (const part of value) yield [undefined, part];
  else for (const key in value) yield [key, (value as Readonly<Record<string, unknown>>)[key]];
}
