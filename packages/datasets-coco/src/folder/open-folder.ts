import { stat } from 'node:fs/promises';
import { basename, extname, relative, sep } from 'node:path';
import { Problems, type FaultPolicy, type ProblemSummary } from '../problems.ts';
import type { Dataset } from '../types.ts';
import { expandImages, type Expanded } from './expand-images.ts';
import { IMAGE_EXTENSIONS, isImageName, otherPicture } from './extensions.ts';

/** A data set of images alone, and what is wrong with its files. */
export interface OpenedFolder extends Dataset {
  readonly problems: ProblemSummary;
}

/**
 * A data set of unlabeled images without any JSON: every image below the folders or matched by the globs, sorted by
 * path, with ids from 1 in that order. Hidden files are left out, links are followed, and no folder is read twice, so a
 * loop of links ends. What is there and not used, `findUnused` tells.
 *
 * @param options.images folders, image files or globs; a path that exists is taken as it is, whatever characters it
 *   has.
 * @param options.onFault `skip` passes over names that are not UTF-8, and of several inputs over those that have no
 *   image; default `stop`
 * @throws Error that says what was looked for and what was there, where no image is found.
 */
export async function openFolder(options: {
  readonly images: string | readonly string[];
  readonly onFault?: FaultPolicy;
}): Promise<OpenedFolder> {
  const inputs = typeof options.images === 'string' ? [options.images] : [...options.images];
  if (inputs.length === 0) throw new Error('images is an empty list: name at least one folder or glob.');
  const problems = new Problems(inputs.join(' + '));
  const found = new Set<string>();
  const bases: string[] = [];
  for (const [i, input] of inputs.entries()) {
    try {
      const { base, images } = await imagesOf(input);
      bases.push(base);
      for (const image of images) found.add(image);
    } catch (error) {
      if (options.onFault !== 'skip' || (i === inputs.length - 1 && found.size === 0)) throw error;
      const why = (error as Error).message.replace(/^images: /, '');
      const advice = 'name folders that have images';
      problems.add({ file: input, at: '', found: why, kind: 'folders without images', advice, skips: 'file' });
      problems.leaveOut('files');
    }
  }
  const paths: string[] = [];
  for (const path of [...found].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))) {
    if (!path.includes('\ufffd') || (await stat(path).catch(() => undefined))) paths.push(path);
    else {
      problems.add({
        file: JSON.stringify(path),
        at: '',
        found: "the file's name is not valid UTF-8, so it cannot be opened",
        kind: 'names that are not UTF-8',
        advice: 'Rename the file.',
        skips: 'image',
      });
      problems.leaveOut('images');
    }
  }
  if (options.onFault !== 'skip' || paths.length === 0) problems.throwIfAny();
  const root = commonFolder(bases);
  return {
    source: inputs.join(' + '),
    roots: bases,
    categories: [],
    images: paths.map((path, i) => ({
      id: i + 1,
      path,
      fileName: relative(root, path).split(sep).join('/'),
      annotations: [],
    })),
    problems: problems.summary(),
  };
}

async function imagesOf(input: string): Promise<{ base: string; images: string[] }> {
  const expanded = await expandImages(input);
  const images = expanded.files.filter(isImageName);
  if (images.length === 0) throw new Error(nothingFound(input, expanded));
  return { base: expanded.base, images };
}

function nothingFound(input: string, { base, files, isGlob }: Expanded): string {
  const counts = new Map<string, number>();
  for (const file of files) {
    const kind = extname(file).toLowerCase() || basename(file);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const kinds = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 5);
  const there = kinds.length === 0 ? 'no file at all' : kinds.map(([kind, n]) => `${n} × ${kind}`).join(', ');
  const other = files.map(otherPicture).find((name) => name !== undefined);
  const advice = other === undefined ? '' : ` What is there (${other}) is not read here: convert it to PNG or JPEG.`;
  return (
    `images: no image in ${input} (looked below ${base} for ${IMAGE_EXTENSIONS.map((e) => `.${e}`).join(' ')}, in either case, ` +
    `hidden files left out; ${isGlob ? 'matched: ' : 'there is '}${there}).${advice}`
  );
}

function commonFolder(folders: string[]): string {
  const [first = sep, ...others] = folders;
  let parts = first.split(sep);
  for (const other of others) {
    const own = other.split(sep);
    let n = 0;
    while (n < parts.length && n < own.length && parts[n] === own[n]) n++;
    parts = parts.slice(0, n);
  }
  return parts.join(sep) || sep;
}
