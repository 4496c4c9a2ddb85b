import { findUnused } from '../folder/find-unused.ts';
import { DataError, Problems, type Problem } from '../problems.ts';
import { checkClasses } from '../split/check-classes.ts';
import { checkAnnotations } from './annotations.ts';
import { findDuplicates } from './duplicates.ts';
import { checkPixels } from './pixels.ts';
import { readImageFiles } from './read-image-files.ts';
import type { CheckDataOptions, CheckPart, DataReport, PartReport, ReadImage } from './types.ts';

/** Data sets up to this size are decoded to the end (some 3 ms an image); of larger ones the headers are read. */
const DECODED = 20_000;

/**
 * Says everything that is wrong with data at once: what the loader found, every image opened, classes that do not
 * agree, pictures that are there twice, boxes that training would lose. Nothing is changed.
 */
export async function checkData(parts: readonly CheckPart[], options: CheckDataOptions = {}): Promise<DataReport> {
  const source = parts.map(({ dataset }) => dataset.source).join(' + ');
  const kept = options.examples === undefined ? {} : { examples: options.examples };
  const problems = new Problems(source, kept);
  const warnings = new Problems(source, kept);
  const images = parts.reduce((n, { dataset }) => n + dataset.images.length, 0);
  const read = options.read ?? (images <= DECODED ? 'whole' : 'header');
  let fatal = 0;
  const stop = (problem: Problem) => {
    problems.add(problem);
    fatal++;
  };
  for (const { name, error } of options.unopened ?? []) {
    if (error instanceof DataError) problems.merge(error.problems);
    else problems.add(unopened(name, error));
    fatal++;
  }
  const done: { part: CheckPart; read: ReadImage[] }[] = [];
  const reports: PartReport[] = [];
  let opened = 0;
  for (const part of parts) {
    const { dataset } = part;
    if (dataset.problems) problems.merge(dataset.problems);
    if (dataset.notes) warnings.merge(dataset.notes);
    // a step that meets an unlabeled image that cannot be read takes another one
    const learnt = part.annotated && part.role !== 'unlabeled';
    const found = await readImageFiles(dataset.images, read, learnt ? problems : warnings, {
      checkSizes: learnt,
      signal: options.signal,
      onProgress: () => options.onProgress?.(++opened, images, 'reading'),
    });
    checkPixels(part, found, warnings);
    const report = checkAnnotations(part, found, options, warnings);
    const lack = lacking(part, report);
    if (lack !== undefined) stop(lack);
    reports.push(report);
    done.push({ part, read: found });
  }
  agreeOnClasses(parts, warnings);
  await findDuplicates(done, warnings, {
    signal: options.signal,
    onProgress: (n, of) => options.onProgress?.(n, of, 'comparing'),
  });
  const unused = await findUnused(
    parts.flatMap(({ sources }) => sources ?? []),
    parts.flatMap(({ dataset }) => dataset.images.map(({ path }) => path)),
  );
  return { parts: reports, read, problems: problems.summary(), fatal, warnings: warnings.summary(), unused };
}

/**
 * Sources may name classes in any order, and may be meant for different runs: so this is no fault here, but in a run it
 * would be.
 */
function agreeOnClasses(parts: readonly CheckPart[], warnings: Problems): void {
  const sorted = parts
    .filter(({ annotated, role }) => annotated && role === undefined)
    .map(({ name, dataset }) => {
      const categories = [...dataset.categories].sort((a, b) => (a.name < b.name ? -1 : 1));
      return [name, { ...dataset, categories }] as const;
    });
  try {
    checkClasses(Object.fromEntries(sorted));
  } catch (error) {
    const lines = (error as Error).message.split('\n').filter((line) => !line.startsWith('→'));
    warnings.add({
      file: sorted.map(([name]) => name).join(', '),
      at: '',
      found: lines.map((line) => line.trim()).join(' '),
      kind: 'classes that differ between sources',
      advice: 'in one run they must agree: give them the same names, or use classes, renameClasses and leaveOutClasses',
      skips: 'nothing',
    });
  }
}

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const unopened = (name: string, error: Error): Problem => ({
  file: name,
  at: '',
  found: error.message.replace(new RegExp(`^${escape(name)}:? `), ''), // the name stands in front of it
  kind: 'data that cannot be opened',
  advice: 'mend this first; what else is wrong there shows after that',
  skips: 'file',
});

/** Why nothing can be learnt from a part, or measured on it, when what has faults is left out. */
function lacking({ name, role, annotated, dataset }: CheckPart, report: PartReport): Problem | undefined {
  const common = { file: dataset.source, at: '', kind: 'parts with nothing to use', skips: 'file' as const };
  if (report.images === 0) {
    return { ...common, found: `${name} has no image that can be used`, advice: 'a part needs at least one image' };
  }
  if (!annotated || role === 'validation' || report.learnt > 0) return undefined;
  return {
    ...common,
    found:
      report.annotations === 0
        ? `no box in the ${report.images} images of ${name}`
        : `all ${report.annotations} boxes of ${name} are crowds or difficult`,
    advice: 'a detector cannot learn from images without a box; crowds and difficult objects are not learnt from',
  };
}
