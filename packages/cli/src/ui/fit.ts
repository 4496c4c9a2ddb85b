/**
 * Lines that fit a terminal: columns are counted as it shows them, two for a wide character, none for a combining one.
 */
import stringWidth from 'string-width';

/** A line that is made for the columns there are. */
export type Fitting = (columns: number) => string;

/** Columns that a terminal takes for a text. */
export function columnsOf(text: string): number {
  return stringWidth(text);
}

/** A text of at most so many columns, with `…` where it is cut; no character is cut in two. */
export function cut(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let shown = '';
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)) {
    if (columnsOf(shown + segment) >= columns) break;
    shown += segment;
  }
  return columns < 1 ? '' : `${shown}…`;
}

/** A part of a line; of two the one with the lower rank is the more wanted. */
export interface Part {
  readonly text: string;
  readonly rank: number;
}

/** The most wanted parts that fit together, in the order they are given. Where not even the first fits, it is cut. */
export function fit(parts: readonly Part[], columns: number, gap = '  '): string {
  const wanted = parts.filter((part) => part.text !== '').sort((a, b) => a.rank - b.rank);
  const kept = new Set<Part>(wanted.slice(0, 1));
  const line = (shown: ReadonlySet<Part>) =>
    parts
      .filter((part) => shown.has(part))
      .map((part) => part.text)
      .join(gap);
  for (const part of wanted.slice(1)) {
    if (columnsOf(line(new Set([...kept, part]))) > columns) break; // a less wanted one must not take its place
    kept.add(part);
  }
  return cut(line(kept), columns);
}
