import { basename } from 'node:path';
import type { ClassCounts, SplitRecord } from '@sed/datasets-coco/split';
import { table } from '../ui/text.ts';

/** What is shown of a split. */
export interface SplitView {
  readonly record: SplitRecord;
  /** Boxes of the sets that are written, by name. */
  readonly boxes: Readonly<Record<string, number>>;
  /** Paths; undefined after a dry run. */
  readonly files: readonly string[] | undefined;
  readonly notes: readonly string[];
  readonly classes: readonly ClassCounts[];
}

const SETS = ['labeled', 'unlabeled', 'validation'] as const;
const number = (value: number | undefined) => (value === undefined ? '-' : value.toLocaleString('en'));

/** The split in words: protocol, counts, hash, classes without a label. */
export function splitText({ record, boxes, files, notes, classes }: SplitView, withClasses: boolean): string {
  const written = new Map(files?.map((file) => [basename(file), file]));
  const rows = SETS.flatMap((set) => {
    const found = record[set];
    if (found === undefined) return [];
    const where = written.get(found.file) ?? (boxes[set] === undefined ? `${found.file} as it is` : found.file);
    return [[set, number(found.images), number(boxes[set]), where]];
  });
  const lines = [
    record.description,
    table([['', 'images', 'boxes', ''], ...rows], '', [0, 3]),
    `sha256 of the labeled ids: ${record.labeled.sha256}`,
  ];
  const unseen = classes.filter(({ boxes: all, labeledBoxes }) => all > 0 && labeledBoxes === 0);
  if (unseen.length > 0) {
    const names = unseen.slice(0, 8).map(({ name }) => name);
    const more = unseen.length > names.length ? ', …' : '';
    lines.push(
      `${unseen.length} of ${classes.length} classes have no box in the labeled images: ${names.join(', ')}${more}.`,
    );
  }
  lines.push(...notes);
  if (files === undefined) lines.push('Nothing was written (--dry-run).');
  else lines.push(`ids: ${files.at(-1)}`);
  if (withClasses && classes.length > 0) lines.push('', classTable(classes));
  return lines.join('\n');
}

/** The same for machines. */
export function splitJson({ record, boxes, files, notes, classes }: SplitView, withClasses: boolean): object {
  return { ...record, boxes, files: files ?? [], notes, ...(withClasses ? { classes } : {}) };
}

function classTable(classes: readonly ClassCounts[]): string {
  const share = (part: number, all: number) => (all === 0 ? '-' : `${((100 * part) / all).toFixed(1)} %`);
  const rows = classes.map((c) => [
    c.name,
    number(c.images),
    number(c.labeledImages),
    share(c.labeledImages, c.images),
    number(c.boxes),
    number(c.labeledBoxes),
    share(c.labeledBoxes, c.boxes),
  ]);
  return table([['class', 'images', 'labeled', '', 'boxes', 'labeled', ''], ...rows]);
}
