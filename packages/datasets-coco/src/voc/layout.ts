import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { isFile } from '../folder/exists.ts';
import { isImageName, isXml } from '../folder/extensions.ts';
import { quote } from '../sources/names.ts';

/** A folder of annotations and one of images, which may be the same. */
export interface VocYear {
  /** `VOC2007` in a devkit; empty where the folder given is such a folder itself. */
  readonly name: string;
  readonly root: string;
  /** The folder of the XML files. */
  readonly annotations: string;
  /** The folder of the images. */
  readonly images: string;
  /** What stands in front of an image's name in `fileName`: `VOC2007/JPEGImages/` in a devkit. */
  readonly prefix: string;
}

/** One image set of one year. */
export interface VocSet {
  readonly year: VocYear;
  readonly name: string;
  /** ImageSets/Main/<name>.txt; undefined where the set is all annotations of the folder. */
  readonly file: string | undefined;
}

/** A VOC folder: its years, and the image sets that were asked for. */
export interface VocLayout {
  readonly years: readonly VocYear[];
  readonly sets: readonly VocSet[];
}

const LAYOUT =
  'a VOC folder has Annotations/*.xml, ImageSets/Main/*.txt and JPEGImages, or XML files beside their images';

/** What else annotation tools and data sets call the two folders, in lower case. */
const ANNOTATIONS = ['annotations', 'annotation', 'labels', 'xml', 'xmls'];
const IMAGES = ['jpegimages', 'images', 'image', 'imgs', 'img'];

/**
 * Finds the annotations below a folder: VOC's own layout with image sets, years of it in a devkit, a folder of XML
 * files beside one of images, or XML files beside their images. The last two have no image sets: all of a folder is
 * one, and subfolders (`train`, `valid`) are sets by their names.
 *
 * @param sets none: all annotations, where the folder has no image sets
 * @throws Error that says what there is where the folder is no VOC folder or a set is not in it
 */
export async function vocLayout(voc: string, sets: readonly string[]): Promise<VocLayout> {
  const folder = resolve(voc);
  const years = await findYears(folder);
  if (years === undefined) return withoutSets(folder, sets);
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

/** The years with image sets; undefined where the folder has none. */
async function findYears(folder: string): Promise<VocYear[] | undefined> {
  const entries = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOTDIR') throw new Error(`${folder} is a file; ${LAYOUT}.`, { cause });
    throw new Error(`${folder} does not exist; ${LAYOUT}.`, { cause });
  });
  if (isYear(entries)) return [yearOf('', folder)];
  const years: VocYear[] = [];
  for (const name of entries.sort()) {
    const inside = await readdir(join(folder, name)).catch(() => []);
    if (isYear(inside)) years.push(yearOf(name, join(folder, name)));
  }
  if (years.length > 0) return years;
  return entries.includes('VOCdevkit') ? findYears(join(folder, 'VOCdevkit')) : undefined;
}

const yearOf = (name: string, root: string): VocYear => ({
  name,
  root,
  annotations: join(root, 'Annotations'),
  images: join(root, 'JPEGImages'),
  prefix: name === '' ? '' : `${name}/JPEGImages/`,
});

const isYear = (entries: readonly string[]): boolean =>
  entries.includes('ImageSets') && (entries.includes('Annotations') || entries.includes('JPEGImages'));

async function withoutSets(folder: string, sets: readonly string[]): Promise<VocLayout> {
  const whole = await flatFolder(folder, '');
  const names = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const parts: VocYear[] = [];
  for (const { name } of names.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const part = await flatFolder(join(folder, name), name);
    if (part !== undefined && part.annotations !== whole?.annotations) parts.push(part);
  }
  if (sets.length === 0 && whole !== undefined) return layoutOf([whole]);
  const there = parts.map(({ name }) => name).join(', ');
  if (sets.length === 0 || (whole === undefined && parts.length === 0)) {
    const entries = await readdir(folder);
    const found = entries.length === 0 ? 'it is empty' : `there is ${quote(entries.sort(), 6)}`;
    if (parts.length > 0)
      throw new Error(`${folder}: no set is named. Folders with XML files that are there: ${there}.`);
    throw new Error(`${folder} is no VOC folder: ${LAYOUT}, or is a devkit of such folders; ${found}.`);
  }
  const chosen = sets.map((set, i) => {
    if (sets.indexOf(set) !== i) throw new Error(`${folder}: the set '${set}' is named twice.`);
    const part = parts.find(({ name }) => name === set);
    if (part !== undefined) return part;
    throw new Error(
      `${folder}: the set '${set}' is not there: the folder has no ImageSets/Main/${set}.txt` +
        (parts.length > 0
          ? `; folders with XML files that are there: ${there}.`
          : '. Leave the sets out to take all XML files, or write such a list of names.'),
    );
  });
  return layoutOf(chosen);
}

const layoutOf = (years: readonly VocYear[]): VocLayout => ({
  years,
  sets: years.map((year) => ({ year, name: year.name, file: undefined })),
});

/** A folder of XML files beside a folder of images, or beside their images; undefined where it is neither. */
async function flatFolder(root: string, name: string): Promise<VocYear | undefined> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const prefix = name === '' ? '' : `${name}/`;
  const hasXml = async (folder: string) => (await readdir(folder).catch(() => [])).some(isXml);
  const folderOf = (wanted: readonly string[]) =>
    wanted.flatMap((one) => entries.filter((entry) => entry.isDirectory() && entry.name.toLowerCase() === one));
  for (const { name: annotations } of folderOf(ANNOTATIONS)) {
    if (!(await hasXml(join(root, annotations)))) continue;
    const images = folderOf(IMAGES)[0]?.name;
    // where the images lie in the folder above, or among the annotations
    const beside = entries.some((entry) => isImageName(entry.name)) ? root : join(root, annotations);
    return {
      name,
      root,
      annotations: join(root, annotations),
      images: images === undefined ? beside : join(root, images),
      prefix: images === undefined ? prefix : `${prefix}${images}/`,
    };
  }
  if (entries.some((entry) => isXml(entry.name))) {
    const own = entries.some((entry) => isImageName(entry.name));
    const images = own ? undefined : folderOf(IMAGES)[0]?.name;
    const place =
      images === undefined ? { images: root, prefix } : { images: join(root, images), prefix: `${prefix}${images}/` };
    return { name, root, annotations: root, ...place };
  }
  return undefined;
}

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
