import { Problems } from '../problems.ts';
import { checkClasses } from '../split/check-classes.ts';
import { checkAnnotations } from './annotations.ts';
import { findDuplicates } from './duplicates.ts';
import { readImages } from './read-images.ts';
import type { CheckDataOptions, CheckPart, DataReport, PartReport, ReadImage } from './types.ts';

/** Data sets up to this size are decoded to the end (some 3 ms an image); of larger ones the headers are read. */
const DECODED = 20_000;

/**
 * Says everything that is wrong with data at once: what the loader found, every image opened, classes that do not agree, pictures
 * that are there twice, boxes that training would lose. Nothing is changed.
 */
export async function checkData(parts: readonly CheckPart[], options: CheckDataOptions = {}): Promise<DataReport> {
  const source = parts.map(({ dataset }) => dataset.source).join(' + ');
  const kept = options.examples === undefined ? {} : { examples: options.examples };
  const problems = new Problems(source, kept);
  const warnings = new Problems(source, kept);
  const images = parts.reduce((n, { dataset }) => n + dataset.images.length, 0);
  const read = options.read ?? (images <= DECODED ? 'whole' : 'header');
  const done: { part: CheckPart; read: ReadImage[] }[] = [];
  const reports: PartReport[] = [];
  let opened = 0;
  for (const part of parts) {
    const { dataset } = part;
    if (dataset.problems) problems.merge(dataset.problems);
    if (dataset.notes) warnings.merge(dataset.notes);
    const found = await readImages(dataset.images, read, problems, {
      signal: options.signal,
      onProgress: () => options.onProgress?.(++opened, images, 'reading'),
    });
    reports.push(checkAnnotations(part, found, options, warnings));
    done.push({ part, read: found });
  }
  agreeOnClasses(parts, problems);
  await findDuplicates(done, warnings, {
    signal: options.signal,
    onProgress: (n, of) => options.onProgress?.(n, of, 'comparing'),
  });
  return { parts: reports, read, problems: problems.summary(), warnings: warnings.summary() };
}

function agreeOnClasses(parts: readonly CheckPart[], problems: Problems): void {
  const annotated = parts.filter(({ annotated }) => annotated);
  try {
    checkClasses(Object.fromEntries(annotated.map(({ name, dataset }) => [name, dataset])));
  } catch (error) {
    const [found = '', ...rest] = (error as Error).message.split('\n');
    problems.add({
      file: annotated.map(({ name }) => name).join(', '),
      at: '',
      found: [found, ...rest.filter((line) => !line.startsWith('→'))].map((line) => line.trim()).join(' '),
      kind: 'classes that do not agree',
      advice: (rest.find((line) => line.startsWith('→')) ?? '').replace(/^→ /, ''),
      skips: 'file',
    });
  }
}
