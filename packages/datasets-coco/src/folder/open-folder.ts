import { stat } from 'node:fs/promises';
import { basename, dirname, extname, relative, resolve, sep } from 'node:path';
import fg from 'fast-glob';
import { Problems, type FaultPolicy, type ProblemSummary } from '../problems.ts';
import type { Dataset } from '../types.ts';
import { walkFolder, type PassedOver } from './walk-folder.ts';

/** Extensions of image files that sharp decodes as it is installed from npm. */
export const IMAGE_EXTENSIONS: readonly string[] = ['jpg', 'jpeg', 'jpe', 'png', 'webp', 'tif', 'tiff', 'gif', 'avif'];

/** A data set of images alone, what is wrong with its files, and in `notes` the links and folders that were passed over. */
export interface OpenedFolder extends Dataset {
  readonly problems: ProblemSummary;
  readonly notes?: ProblemSummary;
}

const isImage = (path: string) => IMAGE_EXTENSIONS.includes(extname(path).slice(1).toLowerCase());

/**
 * A data set of unlabeled images without any JSON: every image below the folders or matched by the globs, sorted by path, with
 * ids from 1 in that order. Hidden files are left out, links are followed, and no folder is read twice, so a loop of links ends.
 *
 * @param options.images folders, image files or globs; a path that exists is taken as it is, whatever characters it has.
 * @param options.onFault `skip` passes over names that are not UTF-8, and of several inputs over those that have no image; default `stop`
 * @throws Error that says what was looked for and what was there, where no image is found.
 */
export async function openFolder(options: {
  readonly images: string | readonly string[];
  readonly onFault?: FaultPolicy;
}): Promise<OpenedFolder> {
  const inputs = typeof options.images === 'string' ? [options.images] : [...options.images];
  if (inputs.length === 0) throw new Error('images is an empty list: name at least one folder or glob.');
  const problems = new Problems(inputs.join(' + '));
  const notes = new Problems(inputs.join(' + '));
  const note = ({ path, why }: PassedOver) => notes.add(passedOver(path, why));
  const found = new Set<string>();
  const bases: string[] = [];
  for (const [i, input] of inputs.entries()) {
    try {
      const { base, images } = await imagesOf(input, note);
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
    ...(notes.count === 0 ? {} : { notes: notes.summary() }),
  };
}

const passedOver = (path: string, why: PassedOver['why']) => ({
  file: path,
  at: '',
  found: why,
  kind: 'links and folders that are passed over',
  advice:
    'images that they should lead to are missing from the data set: mend the link, or give the right to read the folder',
  skips: 'file' as const,
});

async function imagesOf(
  input: string,
  note: (passed: PassedOver) => void,
): Promise<{ base: string; images: string[] }> {
  const { base, files } = await expand(input, note);
  const images = files.filter(isImage);
  if (images.length === 0) throw new Error(nothingFound(input, base, files));
  return { base, images };
}

/** The files that a folder, file or glob stands for, as absolute paths, and the folder they are relative to. */
async function expand(input: string, note: (passed: PassedOver) => void): Promise<{ base: string; files: string[] }> {
  const path = resolve(input);
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isDirectory()) return { base: path, files: await walkFolder(path, note) };
  if (stats?.isFile()) return { base: dirname(path), files: [path] };
  const pattern = sep === '\\' ? input.replace(/\\/g, '/') : input;
  if (!fg.isDynamicPattern(pattern)) {
    throw new Error(
      `images: ${path} does not exist. Name a folder, an image file, or a glob such as 'photos/**/*.jpg'.`,
    );
  }
  const base = commonFolder(fg.generateTasks(pattern).map((task) => resolve(task.base)));
  const entries = await fg(pattern, {
    onlyFiles: false,
    objectMode: true,
    followSymbolicLinks: false,
    suppressErrors: true,
  });
  const files: string[] = [];
  for (const { path: entry, dirent } of entries) {
    const isFile = dirent.isSymbolicLink() ? (await stat(entry).catch(() => undefined))?.isFile() : dirent.isFile();
    if (isFile) files.push(resolve(entry));
  }
  return { base, files };
}

function nothingFound(input: string, base: string, files: string[]): string {
  const counts = new Map<string, number>();
  for (const file of files) {
    const kind = extname(file).toLowerCase() || basename(file);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const kinds = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 5);
  const there = kinds.length === 0 ? 'no file at all' : kinds.map(([kind, n]) => `${n} × ${kind}`).join(', ');
  const bmp = counts.has('.bmp') ? ' BMP is not decoded here: convert the files to PNG.' : '';
  return (
    `images: no image in ${input} (looked below ${base} for ${IMAGE_EXTENSIONS.map((e) => `.${e}`).join(' ')}, in either case, ` +
    `hidden files left out; ${fg.isDynamicPattern(input) ? 'matched: ' : 'there is '}${there}).${bmp}`
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
