/** One thing that is wrong with a file: where it is, what was found, and the kind it is counted under. */
export interface Problem {
  /** JSON path such as `annotations[4].bbox`, or a file path. */
  readonly at: string;
  /** What was found and what belongs there. */
  readonly found: string;
  /** Plural noun for the count: `boxes of no size`. */
  readonly kind: string;
  /** What to do about problems of this kind. */
  readonly advice: string;
}

const SHOWN = 20;

/**
 * Gathers everything that is wrong with a file, so that a user mends it once and not once per run.
 * The first 20 are listed, all are counted by kind.
 */
export class Problems {
  readonly #source: string;
  readonly #shown: Problem[] = [];
  readonly #counts = new Map<string, number>();
  readonly #advice = new Map<string, string>();

  constructor(source: string) {
    this.#source = source;
  }

  add(problem: Problem): void {
    if (this.#shown.length < SHOWN) this.#shown.push(problem);
    this.#counts.set(problem.kind, (this.#counts.get(problem.kind) ?? 0) + 1);
    this.#advice.set(problem.kind, problem.advice);
  }

  get count(): number {
    let total = 0;
    for (const n of this.#counts.values()) total += n;
    return total;
  }

  /** Throws one Error that lists the problems, if there are any. */
  throwIfAny(): void {
    const total = this.count;
    if (total === 0) return;
    const kinds = [...this.#counts].map(([kind, n]) => `${n} × ${kind}`).join(', ');
    const lines = [`${this.#source}: ${total} ${total === 1 ? 'problem' : 'problems'} (${kinds})`];
    for (const { at, found } of this.#shown) lines.push(`  ${at}: ${found}`);
    if (total > this.#shown.length) lines.push(`  … and ${total - this.#shown.length} more`);
    for (const advice of new Set(this.#advice.values())) lines.push(`→ ${advice}`);
    throw new Error(lines.join('\n'));
  }
}

/** A value as a message shows it: JSON, cut to 60 characters. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
