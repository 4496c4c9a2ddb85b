import { sep } from 'node:path';
import type { DataReport, LeftOut, PartReport, Problem, ProblemKind } from '@sed/datasets-coco';
import { table } from '../ui/text.ts';

/** Problems of a kind that are shown without `--all`. */
const SHOWN = 5;
/** Classes that are listed of a part. */
const CLASSES = 12;

const SKIPS: Readonly<Record<Problem['skips'], string>> = {
  annotation: 'the annotation is left out',
  image: 'the image is left out',
  category: 'the class and its boxes are left out',
  file: 'the file is left out',
  nothing: 'nothing is left out',
};

export interface CheckTextOptions {
  readonly all: boolean;
  /** Whether the run leaves faults out; otherwise it stops at them. */
  readonly skips: boolean;
  /** Paths below this folder are written relative to it. */
  readonly cwd: string;
}

/** A report for people: what is there, what stops a run, what is odd, and what to do. */
export function checkText(report: DataReport, options: CheckTextOptions): string {
  const { parts, problems, warnings, fatal, read } = report;
  const path = (text: string) => text.replaceAll(options.cwd.endsWith(sep) ? options.cwd : options.cwd + sep, '');
  // before the columns are made: what is cut from a name afterwards shifts them
  const named = parts.map((part) => ({ ...part, name: path(part.name) }));
  const lines = parts.length === 0 ? [] : [partsTable(named), ...named.flatMap(classLine), ''];
  const images = parts.reduce((n, part) => n + part.images, 0);
  if (parts.length === 0) lines.push('No data could be opened.', '');
  else if (images > 0)
    lines.push(
      read === 'whole'
        ? 'Every image was decoded to its end.'
        : 'Only the headers and the ends of the images were read (--decode whole reads them all).',
      '',
    );
  if (problems.total > 0) {
    lines.push(
      options.skips
        ? `Faults, which the run leaves out: ${count(problems.total)}`
        : `Faults, which stop a run: ${count(problems.total)}`,
      ...problems.byKind.flatMap((kind) => kindLines(kind, options.all, true)),
      '',
    );
  }
  if (warnings.total > 0) {
    lines.push(
      `Warnings, which stop nothing: ${count(warnings.total)}`,
      ...warnings.byKind.flatMap((kind) => kindLines(kind, options.all, false)),
      '',
    );
  }
  if (report.unused.total > 0) {
    lines.push(
      `Files below the folders of the data that are not used: ${count(report.unused.total)}`,
      ...report.unused.byKind.flatMap((kind) => kindLines({ ...kind, skips: 'nothing' }, options.all, false)),
      '',
    );
  }
  lines.push(verdict(report, options, fatal));
  return path(lines.join('\n'));
}

function verdict(
  { problems, warnings, parts, unused }: DataReport,
  { skips }: Pick<CheckTextOptions, 'skips'>,
  fatal: number,
): string {
  const left = leftOutText(problems.leftOut);
  if (fatal > 0) return 'A run stops at this data, also when it is told to leave faults out.';
  if (problems.total === 0) {
    if (warnings.total === 0 && unused.total === 0) return 'Nothing is wrong with this data.';
    const without = unused.total === 0 ? '' : ` It does without ${count(unused.total)} of the files below its folders.`;
    const warned = warnings.total === 0 ? '.' : `, but what the warnings above say (${count(warnings.total)}).`;
    return `No fault in this data${warned}${without}`;
  }
  const rest = parts
    .map(({ name, images, annotations, annotated }) => {
      const boxes = !annotated ? '' : ` and ${count(annotations)} boxes`;
      return `${count(images)} images${boxes} (${name})`;
    })
    .join(', ');
  return skips
    ? `The run leaves out ${left} and has ${rest}.`
    : `A run stops before its first step. With "data.onFault": "skip" it leaves out ${left} and has ${rest}.`;
}

/** `3 images and 14 annotations`. */
function leftOutText({ images, annotations, categories, files }: LeftOut): string {
  const parts = [
    [files, 'file'],
    [images, 'image'],
    [annotations, 'annotation'],
    [categories, 'class'],
  ] as const;
  const found = parts.filter(([n]) => n > 0).map(([n, what]) => `${count(n)} ${n === 1 ? what : plural(what)}`);
  const last = found.pop();
  if (last === undefined) return 'nothing';
  return found.length === 0 ? last : `${found.join(', ')} and ${last}`;
}

const plural = (what: string) => (what === 'class' ? 'classes' : `${what}s`);
const count = (n: number) => n.toLocaleString('en-US');

function partsTable(parts: readonly PartReport[]): string {
  const rows = parts.map((part) => [
    part.name,
    count(part.images),
    ...(!part.annotated
      ? ['-', '-', '-', '-', '-']
      : [
          count(part.annotations),
          count(part.imagesWithoutBoxes),
          count(part.crowds),
          count(part.difficult),
          String(Object.keys(part.classes).length),
        ]),
  ]);
  return table([['', 'images', 'boxes', 'without boxes', 'crowds', 'difficult', 'classes'], ...rows]);
}

function classLine({ name, classes }: PartReport): string[] {
  const sorted = Object.entries(classes).sort((a, b) => b[1] - a[1]);
  if (sorted.length === 0) return [];
  const shown = sorted.slice(0, CLASSES).map(([label, boxes]) => `${label} ${count(boxes)}`);
  const more = sorted.length > CLASSES ? `, … (${sorted.length} classes)` : '';
  return [`  ${name}: ${shown.join(', ')}${more}`];
}

function kindLines({ kind, count: n, advice, skips, examples }: ProblemKind, all: boolean, fault: boolean): string[] {
  const shown = all ? examples : examples.slice(0, SHOWN);
  const effect = fault || skips !== 'nothing' ? ` (${SKIPS[skips]})` : '';
  const lines = [`  ${count(n)} × ${kind}${effect}`];
  for (const { file, at, found } of shown) {
    // One line each: a name with a line feed must not look like two problems.
    const text = [visible(file), ...(at === '' ? [] : [at]), found].join(': ');
    lines.push(...text.split('\n').map((line, i) => (i === 0 ? `      ${line}` : `        ${line}`)));
  }
  if (n > shown.length) lines.push(`      … and ${count(n - shown.length)} more${all ? '' : ' (--all lists them)'}`);
  if (advice !== '') lines.push(`      → ${advice}`);
  return lines;
}

/** A path on one line: characters that a terminal acts on are written as JSON writes them. */
const visible = (path: string) => (/[\u0000-\u001f\u007f-\u009f]/.test(path) ? JSON.stringify(path) : path);
