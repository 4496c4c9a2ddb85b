import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { quote } from '../sources/names.ts';

/** A folder with Annotations, ImageSets and JPEGImages. */
export interface VocYear {
  /** `VOC2007` in a devkit; empty where the folder given is such a folder itself. */
  readonly name: string;
  readonly root: string;
}

/** One image set of one year. */
export interface VocSet {
  readonly year: VocYear;
  readonly name: string;
  /** ImageSets/Main/<name>.txt */
  readonly file: string;
}

/** A VOC folder: its years, and the image sets that were asked for. */
export interface VocLayout {
  readonly years: readonly VocYear[];
  readonly sets: readonly VocSet[];
}

const LAYOUT = 'a VOC folder has Annotations/*.xml, ImageSets/Main/*.txt and JPEGImages';

/**
 * Finds the years below a folder and the files of the image sets.
 *
 * @throws Error that says what there is where the folder is no VOC folder or a set is not in it
 */
export async function vocLayout(voc: string, sets: readonly string[]): Promise<VocLayout> {
  const folder = resolve(voc);
  const years = await findYears(folder);
  if (sets.length === 0) throw new Error(`${folder}: no image set is named. ${await available(years)}`);
  const found: VocSet[] = [];
  for (const set of sets) {
    const { year, name } = await resolveSet(folder, set, years);
    const file = join(year.root, 'ImageSets', 'Main', `${name}.txt`);
    if (found.some((other) => other.file === file))
      throw new Error(`${folder}: the image set '${set}' is named twice.`);
    if (!(await isFile(file))) {
      throw new Error(`${folder}: the image set '${set}' is not there (${file}). ${await available(years)}`);
    }
    found.push({ year, name, file });
  }
  return { years, sets: found };
}

async function findYears(folder: string): Promise<VocYear[]> {
  const entries = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOTDIR') throw new Error(`${folder} is a file; ${LAYOUT}.`, { cause });
    throw new Error(`${folder} does not exist; ${LAYOUT}.`, { cause });
  });
  if (isYear(entries)) return [{ name: '', root: folder }];
  const years: VocYear[] = [];
  for (const name of entries.sort()) {
    const inside = await readdir(join(folder, name)).catch(() => []);
    if (isYear(inside)) years.push({ name, root: join(folder, name) });
  }
  if (years.length > 0) return years;
  if (entries.includes('VOCdevkit')) return findYears(join(folder, 'VOCdevkit'));
  const there = entries.length === 0 ? 'it is empty' : `there is ${quote(entries, 6)}`;
  throw new Error(`${folder} is no VOC folder: ${LAYOUT}, or is a devkit of such folders; ${there}.`);
}

const isYear = (entries: readonly string[]): boolean =>
  entries.includes('ImageSets') && (entries.includes('Annotations') || entries.includes('JPEGImages'));

async function resolveSet(
  folder: string,
  set: string,
  years: readonly VocYear[],
): Promise<{ year: VocYear; name: string }> {
  const slash = set.indexOf('/');
  const prefix = slash < 0 ? '' : set.slice(0, slash);
  const name = set.slice(slash + 1).replace(/\.txt$/, '');
  const only = years.length === 1 ? (years[0] as VocYear) : undefined;
  const ownName = basename(only?.root ?? '');
  const year = prefix === '' ? only : (years.find((y) => y.name === prefix) ?? (prefix === ownName ? only : undefined));
  if (year !== undefined && name !== '' && !name.includes('/')) return { year, name };
  if (prefix === '') {
    const examples = years.map((y) => `${y.name}/${set}`).join(' or ');
    throw new Error(`${folder} has several years: name the set with its year, ${examples}.`);
  }
  throw new Error(`${folder}: '${set}' names no image set. ${await available(years)}`);
}

/** The image sets that are there, as a sentence; lists of one class (`cat_train`) are left out. */
async function available(years: readonly VocYear[]): Promise<string> {
  const names: string[] = [];
  for (const { name: year, root } of years) {
    const entries = await readdir(join(root, 'ImageSets', 'Main')).catch(() => []);
    const sets = entries.filter((entry) => entry.endsWith('.txt')).map((entry) => entry.slice(0, -4));
    const whole = sets.filter((set) => !sets.some((base) => set !== base && set.endsWith(`_${base}`)));
    names.push(...whole.sort().map((set) => (year === '' ? set : `${year}/${set}`)));
  }
  return names.length === 0
    ? 'There is no .txt file in ImageSets/Main.'
    : `Sets that are there: ${names.slice(0, 12).join(', ')}${names.length > 12 ? ', …' : ''}.`;
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
