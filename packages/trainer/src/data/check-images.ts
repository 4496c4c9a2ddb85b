/**
 * Reads image files before the first step: what would stop a run after hours stops it now, with the names of the files.
 */
import type { Dataset, FaultPolicy, ProblemSummary } from '@sed/datasets-coco';
import { Problems, readImageFiles, type ReadImage } from '@sed/datasets-coco/check';
import type { ImageCheck } from '@sed/datasets-coco/image';
import type { RunData } from './open.ts';

export interface CheckOptions {
  /**
   * What becomes of labeled and validation images that cannot be used: `stop` (default) or `skip`, which leaves them
   * out.
   */
  readonly onFault?: FaultPolicy;
  /** How labeled and validation images are read. Default: `whole` up to 20,000 images of a part, `header` beyond. */
  readonly read?: ImageCheck;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (done: number, images: number) => void;
}

/** Files that a message names. */
const SHOWN = 5;
/** Data sets up to this size are decoded to the end (some 3 ms an image); of larger ones the headers are read. */
const DECODED = 20_000;

interface Part {
  readonly key: 'labeled' | 'validation' | 'unlabeled';
  readonly dataset: Dataset;
}

/**
 * Reads the images of a run. Labeled and validation images must be whole and of the size that their annotations state,
 * or they are left out where `onFault` says so. Unlabeled ones must have a header that can be read, or a step that
 * meets them takes others; their sizes are put into the data.
 *
 * @returns the data with the sizes of all images, what the user should know in `notes`, and what was left out in
 * `problems`; where `signal` stops it, the data as it was
 * @throws Error that names files of all parts and what is wrong with each
 */
export async function checkImages(data: RunData, options: CheckOptions = {}): Promise<RunData> {
  const parts: Part[] = [
    { key: 'labeled', dataset: data.labeled },
    { key: 'validation', dataset: data.validation },
    ...(data.unlabeled ? [{ key: 'unlabeled' as const, dataset: data.unlabeled }] : []),
  ];
  const images = parts.reduce((n, { dataset }) => n + dataset.images.length, 0);
  const notes = [...data.notes];
  const problems = new Problems('data');
  if (data.problems) problems.merge(data.problems);
  const stopping: string[] = [];
  const checked: Partial<Record<Part['key'], Dataset>> = {};
  let done = 0;
  for (const { key, dataset } of parts) {
    const annotated = key !== 'unlabeled';
    const found = new Problems(dataset.source, { examples: SHOWN });
    const how = annotated ? (options.read ?? (dataset.images.length <= DECODED ? 'whole' : 'header')) : 'header';
    const read = await readImageFiles(dataset.images, how, found, {
      checkSizes: annotated,
      signal: options.signal,
      onProgress: () => options.onProgress?.(++done, images),
    });
    if (options.signal?.aborted) return data;
    const sized = withSizes(dataset, read);
    checked[key] = annotated ? onlyRead(sized, read) : sized;
    notes.push(...blackNote(key, read));
    if (found.count === 0) continue;
    const message = `"data.${key}": ${summary(found.summary(), dataset)}`;
    if (found.count === dataset.images.length) {
      stopping.push(`${message}\n→ repair or replace the files: none is left.`);
    } else if (!annotated) notes.push(`${message}\nSteps that would meet them take other images.`);
    else if (options.onFault === 'skip') {
      const { leftOut } = found.summary();
      notes.push(`${message}\nThey are left out, with their ${leftOut.annotations} annotations.`);
      problems.merge(found.summary());
    } else {
      const advice = found.summary().byKind.map((kind) => `→ ${kind.advice}`);
      stopping.push(
        `${message}\n${advice.join('\n')}\n→ with "data.onFault": "skip" a run leaves them out and counts them.`,
      );
    }
  }
  if (stopping.length > 0) throw new Error(stopping.join('\n'));
  const leftOut = problems.count === 0 ? {} : { problems: problems.summary() };
  return { ...data, ...checked, notes, ...leftOut };
}

/** Of images whose pixels were all read. */
function blackNote(key: Part['key'], read: readonly ReadImage[]): string[] {
  const black = read.filter((image) => image.black === true);
  if (black.length === 0) return [];
  return [
    `"data.${key}": ${black.length} of ${read.length} images decode to black (${black[0]?.image.path} is one): ` +
      'a detector sees next to nothing in them. 10 or 12 bits in a file of 16 look so: scale the values to the whole range.',
  ];
}

function onlyRead(dataset: Dataset, read: readonly ReadImage[]): Dataset {
  const ids = new Set(read.map(({ image }) => image.id));
  return { ...dataset, images: dataset.images.filter(({ id }) => ids.has(id)) };
}

/** Unlabeled images stay where they are, readable or not: the order of the steps must not depend on it. */
function withSizes(dataset: Dataset, read: readonly ReadImage[]): Dataset {
  const sizes = new Map(read.map(({ image, width, height }) => [image, { width, height }]));
  return { ...dataset, images: dataset.images.map((image) => ({ ...image, ...sizes.get(image) })) };
}

function summary({ total, byKind }: ProblemSummary, { images }: Pick<Dataset, 'images'>): string {
  const shown = byKind.flatMap(({ examples }) => examples).slice(0, SHOWN);
  const lines = shown.map(({ file, found }) => `  ${file}: ${found}`);
  const more = total > shown.length ? [`  … and ${total - shown.length} more`] : [];
  return [`${total} of ${images.length} images cannot be used:`, ...lines, ...more].join('\n');
}
