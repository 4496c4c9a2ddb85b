import type { Dataset, ImageRecord } from '@sed/datasets-coco';

export interface Numbered {
  /** The images that the file knows, with its ids and the sizes that it states. */
  readonly images: ImageRecord[];
  /** What the user should know of the others, in sentences. */
  readonly remarks: string[];
}

/** A file name of the annotations, part by part. */
interface Known {
  readonly image: ImageRecord;
  readonly parts: readonly string[];
}

/** Names that a sentence shows. */
const SHOWN = 3;

/**
 * The images with the ids that a COCO file gives them. Where one folder above the images makes all their paths file
 * names of the annotations, those are the names, and of several such folders the uppermost counts. Else each image is
 * the one whose file name has the longest end in common with its path, so `cam2/a.jpg` goes before `a.jpg`. Slashes,
 * backslashes, `./` and the ways Unicode writes one letter make no difference; names that differ in case alone are
 * taken where nothing else fits, and said.
 *
 * @throws Error that names the files, where none is known, where a path fits several file names, or one file name
 *   several paths
 */
export function withIdsOf(dataset: Dataset, images: readonly ImageRecord[]): Numbered {
  const known = dataset.images.map((image): Known => ({ image, parts: partsOf(image.fileName) }));
  const paths = images.map(({ path }) => partsOf(path));
  const below = belowOneFolder(known, paths);
  const remarks: string[] = [];
  const found = below ?? oneByOne(dataset, known, images, paths, remarks);
  const taken = new Map<ImageRecord, ImageRecord>();
  const numbered: ImageRecord[] = [];
  const unknown: ImageRecord[] = [];
  images.forEach((image, i) => {
    const record = found[i];
    if (record === undefined) {
      unknown.push(image);
      return;
    }
    const before = taken.get(record);
    if (before !== undefined) {
      throw new Error(
        `Both ${before.path} and ${image.path} would be image ${record.id}, ${JSON.stringify(record.fileName)}, of ${dataset.source}. ` +
          'Give one of them to --images, or the folder that the file names of the annotations are relative to.',
      );
    }
    taken.set(record, image);
    const { id, width, height } = record;
    const size = width === undefined || height === undefined ? {} : { width, height };
    numbered.push({ ...image, id, ...size });
  });
  if (numbered.length === 0) {
    const names = dataset.images.slice(0, SHOWN).map(({ fileName }) => JSON.stringify(fileName));
    throw new Error(
      `None of the ${images.length} images is in ${dataset.source}: ${shown(images.map(({ path }) => path))}. Its file names are like ` +
        `${names.length === 0 ? 'nothing: it has no images' : names.join(', ')}. Is it the right pair? Without --annotations images are numbered by their paths.`,
    );
  }
  if (unknown.length > 0) {
    remarks.push(
      `${unknown.length} of ${images.length} images are not in ${dataset.source} and are left out: ${shown(unknown.map(({ path }) => path))}.`,
    );
  }
  const absent = dataset.images.filter((record) => !taken.has(record));
  if (absent.length > 0) {
    remarks.push(
      `${absent.length} of the ${dataset.images.length} images of ${dataset.source} are not among those given: ` +
        `${shown(absent.map(({ fileName }) => fileName))}. An evaluation on that file counts their objects as missed.`,
    );
  }
  return { images: numbered, remarks };
}

/** Parts of a path or file name, whichever slashes it has; letters as Unicode composes them. */
function partsOf(path: string): string[] {
  const parts: string[] = [];
  for (const part of path.normalize('NFC').split(/[/\\]/)) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else parts.push(part);
  }
  return parts;
}

/**
 * The records of all paths relative to one folder, the uppermost where there are several; undefined where there is
 * none.
 */
function belowOneFolder(
  known: readonly Known[],
  paths: readonly (readonly string[])[],
): (ImageRecord | undefined)[] | undefined {
  const byName = new Map(known.map(({ image, parts }) => [parts.join('/'), image]));
  // two names that are one when they are composed alike must be told apart by the caller
  if (byName.size < known.length) return undefined;
  const least = Math.min(...paths.map((parts) => parts.length));
  for (let depth = 0; depth < least; depth++) {
    const [first] = paths;
    if (depth > 0 && paths.some((parts) => parts[depth - 1] !== first![depth - 1])) return undefined;
    const found = paths.map((parts) => byName.get(parts.slice(depth).join('/')));
    if (found.every((image) => image !== undefined)) return found;
  }
  return undefined;
}

/**
 * What a path may be, and how well it fits: more parts in common are better, and any is better than one that fits but
 * for case.
 */
interface Match {
  readonly record: ImageRecord;
  readonly value: number;
  readonly whole: boolean;
  readonly inCase: boolean;
}

function oneByOne(
  dataset: Dataset,
  known: readonly Known[],
  images: readonly ImageRecord[],
  paths: readonly (readonly string[])[],
  remarks: string[],
): (ImageRecord | undefined)[] {
  const exact = byLastPart(known);
  const folded = byLastPart(known.map(({ image, parts }) => ({ image, parts: parts.map(fold) })));
  const matches = images.map((image, i): Match | undefined => {
    const match = longest(exact, paths[i]!, image, dataset);
    if (match !== undefined) return match;
    const other = longest(folded, paths[i]!.map(fold), image, dataset);
    return other && { ...other, value: other.value - LESS, inCase: true };
  });
  // of several paths that end like one file name, the one that fits best is it; equal ones are for the caller to refuse
  const best = new Map<ImageRecord, number>();
  for (const match of matches) {
    if (match !== undefined) best.set(match.record, Math.max(match.value, best.get(match.record) ?? -Infinity));
  }
  const kept = matches.map((match) =>
    match !== undefined && match.value === best.get(match.record) ? match : undefined,
  );
  const pairs = (isShown: (match: Match) => boolean) =>
    images.flatMap((image, i) => {
      const match = kept[i];
      return match !== undefined && isShown(match)
        ? [`${image.path} for ${JSON.stringify(match.record.fileName)}`]
        : [];
    });
  const tell = (found: readonly string[], what: string) => {
    if (found.length > 0) remarks.push(`${found.length} of ${images.length} images ${what}: ${shown(found)}.`);
  };
  tell(
    pairs(({ whole, inCase }) => !whole && !inCase),
    `are found by the end of their path alone, as ${dataset.source} has them in other folders`,
  );
  tell(
    pairs(({ inCase }) => inCase),
    `have names that differ in case from those of ${dataset.source}`,
  );
  return kept.map((match) => match?.record);
}

/** More than a path has parts. */
const LESS = 1e6;

const fold = (part: string): string => part.toLowerCase();

function byLastPart(known: readonly Known[]): Map<string, Known[]> {
  const byLast = new Map<string, Known[]>();
  for (const one of known) {
    const last = one.parts.at(-1) ?? '';
    const own = byLast.get(last);
    if (own === undefined) byLast.set(last, [one]);
    else own.push(one);
  }
  return byLast;
}

/** The record with the longest end in common; of equal ones that whose whole file name it is. */
function longest(
  byLast: ReadonlyMap<string, readonly Known[]>,
  path: readonly string[],
  image: ImageRecord,
  dataset: Dataset,
): Match | undefined {
  let best: Match[] = [];
  for (const { image: record, parts } of byLast.get(path.at(-1) ?? '') ?? []) {
    let common = 1;
    while (common < parts.length && common < path.length && parts.at(-1 - common) === path.at(-1 - common)) common++;
    const whole = common === parts.length;
    // half a part more for a file name that ends there: nothing of it contradicts the path
    const match = { record, value: common + (whole ? 0.5 : 0), whole, inCase: false };
    const most = best[0]?.value ?? 0;
    if (match.value > most) best = [match];
    else if (match.value === most) best.push(match);
  }
  if (best.length > 1) {
    const names = best.map(({ record: { id, fileName } }) => `${id} ${JSON.stringify(fileName)}`);
    throw new Error(
      `${image.path} may be any of ${best.length} images of ${dataset.source}: ${shown(names)}. ` +
        'Give --images the folder that the file names of the annotations are relative to.',
    );
  }
  return best[0];
}

const shown = (names: readonly string[]): string =>
  names.slice(0, SHOWN).join(', ') + (names.length > SHOWN ? `, … (${names.length})` : '');
