import { lstat, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import fg from 'fast-glob';
import { isFile } from '../folder/exists.ts';
import type { Dataset, ImageRecord } from '../types.ts';
import type { Problems } from '../problems.ts';

/**
 * Throws if image files of a data set are not there. Each folder is listed once, so that 118,287 files take a fraction
 * of a second; only names that a listing lacks (links, other Unicode forms, case-insensitive disks) are asked for one
 * by one.
 */
export async function missingImages(dataset: Pick<Dataset, 'source' | 'images'>, folder: string): Promise<void> {
  const missing = await findMissing(dataset.images);
  if (missing.length === 0) return;
  const shown = missing.slice(0, 5).map((image) => `  ${image.path} (image id ${image.id})`);
  const more = missing.length > 5 ? [`  … and ${missing.length - 5} more`] : [];
  const all = missing.length === dataset.images.length ? 'none' : `${missing.length}`;
  const count =
    all === 'none'
      ? `none of the ${dataset.images.length} image files is`
      : `${all} of ${dataset.images.length} image files are not`;
  throw new Error(
    [
      `${dataset.source}: ${count} there:`,
      ...shown,
      ...more,
      `→ ${await suggest(missing[0] as ImageRecord, folder)}`,
    ].join('\n'),
  );
}

/**
 * Missing files that a hint is looked for, where the folder does not have the name in another spelling: each walks
 * through folders.
 */
const SOUGHT = 3;

/** The images whose files are there; the others are noted as left out, with a hint where they may be. */
export async function leaveOutMissing(
  dataset: Pick<Dataset, 'source' | 'images'>,
  folder: string,
  problems: Problems,
): Promise<ImageRecord[]> {
  const missing = await findMissing(dataset.images);
  const spellings = new Map<string, Map<string, string>>();
  let sought = 0;
  for (const image of missing) {
    const { path, id, annotations } = image;
    const instead = await lstat(path).catch(() => undefined);
    const other = instead ? undefined : await otherSpelling(path, spellings);
    const hint = other
      ? `: there is ${JSON.stringify(other)}, ${sameToTheEye(other, path) ? 'which looks the same and has another Unicode form' : 'which is spelled differently'}`
      : instead === undefined && sought++ < SOUGHT
        ? `: ${await suggest(image, folder)}`
        : '';
    const what =
      instead === undefined
        ? 'does not exist'
        : instead.isSymbolicLink()
          ? 'is a link that leads to no file'
          : `is ${instead.isDirectory() ? 'a folder' : 'no regular file'}`;
    problems.add({
      file: path,
      at: '',
      found: `${what} (image id ${id})${hint}`,
      kind: 'missing image files',
      advice: 'copy the files there, or take the images and their annotations out of the data set',
      skips: 'image',
    });
    problems.leaveOut('images');
    problems.leaveOut('annotations', annotations.length);
  }
  const gone = new Set(missing);
  return dataset.images.filter((image) => !gone.has(image));
}

const sameToTheEye = (name: string, path: string) => name.normalize('NFC') === basename(path).normalize('NFC');

/** Letters apart that differ in case or in their Unicode form, the same name. */
const simple = (name: string) => name.normalize('NFC').toLowerCase();

/** The name of a file in the same folder that differs in case or in its Unicode form only. */
async function otherSpelling(path: string, known: Map<string, Map<string, string>>): Promise<string | undefined> {
  const folder = dirname(path);
  let names = known.get(folder);
  if (names === undefined) {
    const entries = await readdir(folder).catch(() => []);
    names = new Map(entries.map((name) => [simple(name), name]));
    known.set(folder, names);
  }
  const other = names.get(simple(basename(path)));
  return other === basename(path) ? undefined : other;
}

async function findMissing(images: readonly ImageRecord[]): Promise<ImageRecord[]> {
  const folders = new Map<string, ImageRecord[]>();
  for (const image of images) {
    const folder = dirname(image.path);
    const list = folders.get(folder);
    if (list) list.push(image);
    else folders.set(folder, [image]);
  }
  const doubtful: ImageRecord[] = [];
  await inParallel([...folders], 16, async ([folder, list]) => {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
    if (entries === undefined) return void doubtful.push(...list);
    const files = new Set(entries.filter((entry) => entry.isFile()).map((entry) => entry.name));
    doubtful.push(...list.filter((image) => !files.has(basename(image.path))));
  });
  const missing = new Set<ImageRecord>();
  await inParallel(doubtful, 32, async (image) => {
    if (!(await isFile(image.path))) missing.add(image);
  });
  return images.filter((image) => missing.has(image));
}

async function inParallel<T>(items: readonly T[], width: number, work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
}

/** Where the first missing file may be: under the folder, or beside it. */
async function suggest(image: ImageRecord, folder: string): Promise<string> {
  const root = resolve(folder);
  const isFolder = await stat(root).then(
    (stats) => stats.isDirectory(),
    () => undefined,
  );
  const name = image.fileName.split(/[\\/]/).at(-1) as string;
  for (const base of isFolder ? [root, dirname(root)] : [dirname(root)]) {
    const hits = await fg(`**/${fg.escapePath(name)}`, {
      cwd: base,
      deep: 5,
      caseSensitiveMatch: false,
      suppressErrors: true,
      followSymbolicLinks: false,
    }).catch(() => []);
    const hit = hits.sort()[0];
    if (hit === undefined) continue;
    const found = join(base, hit);
    const suffix = sep + image.fileName.split('/').join(sep);
    if (found.endsWith(suffix)) return `Found ${found}: set 'images' to ${found.slice(0, -suffix.length)}.`;
    if (basename(found) !== name)
      return `Found ${found}: its name is spelled differently from file_name '${image.fileName}'.`;
    return `Found ${found}, but file_name is '${image.fileName}': set 'images' to ${dirname(found)} and correct file_name.`;
  }
  if (isFolder === undefined) return `'images' is ${root}, which does not exist.`;
  if (!isFolder) return `'images' is ${root}, which is a file; the folder of the images is needed.`;
  const inside = (await readdir(root)).sort().slice(0, 3);
  return `'images' is ${root}, which ${inside.length === 0 ? 'is empty' : `holds ${inside.join(', ')}, …`}; file_name is relative to it.`;
}
