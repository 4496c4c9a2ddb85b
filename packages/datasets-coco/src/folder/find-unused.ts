import { readFile, readdir, realpath } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve, sep } from 'node:path';
import { Problems, type ProblemSummary } from '../problems.ts';
import type { SourceSpec } from '../types.ts';
import { vocLayout, type VocSet } from '../voc/layout.ts';
import { labelPath } from '../yolo/list-images.ts';
import { readYoloYaml } from '../yolo/read-yaml.ts';
import { isFolder } from './exists.ts';
import { expandImages } from './expand-images.ts';
import { isImageName, isXml, otherPicture } from './extensions.ts';
import { walkFolder, type PassedOver } from './walk-folder.ts';

/** Files of a reason that are kept with their names. */
const EXAMPLES = 1000;

/** Why files are not used, and what to do. The order is that of a report. */
const REASONS = {
  format: {
    kind: 'pictures of a format that is not read',
    advice: 'convert them to PNG or JPEG, or take them out of the folder',
  },
  entry: {
    kind: 'images without an entry that is used',
    advice: 'no annotation file read here has them: add entries, or give their folder as unlabeled images',
  },
  label: {
    kind: 'label files without an image that is used',
    advice:
      'add the image, in the same place and with the same name; names count by letter, also in their Unicode form and their case',
  },
  passed: {
    kind: 'links and folders that are passed over',
    advice:
      'images that they should lead to are missing from the data set: mend the link, or give the right to read the folder',
  },
  special: { kind: 'pipes, sockets and devices', advice: 'they hold no picture' },
  hidden: {
    kind: 'hidden files and folders',
    advice: 'names that begin with a dot are left out: rename what should be used',
  },
  other: { kind: 'files of other kinds', advice: '' },
} as const;

type Reason = keyof typeof REASONS;
type Add = (reason: Reason, file: string, found: string) => void;
/** Whether a walk is to be made; false where it was made for another source. */
type Begin = (walk: string) => boolean;

/**
 * What lies below the folders of a data set and is not used, counted by reason, with the first files of each: pictures
 * of formats that are not read, images that no annotation names, labels without an image, links to nothing, folders
 * that may not be read, hidden files, and all else. A data set can be right and half of a folder left out: this is what
 * tells.
 *
 * For COCO the folder of the images is looked through, for VOC the folders of the images and of the XML files, for YOLO
 * the folders of the set and of its labels; of a glob what it matches. A folder of several sources is looked through
 * once.
 *
 * @param sources where the data sets are; several that use the same folder are given together
 * @param used paths of all images of them
 */
export async function findUnused(sources: readonly SourceSpec[], used: Iterable<string>): Promise<ProblemSummary> {
  const images = new Set(used);
  const found = new Map<Reason, Map<string, string>>();
  // the annotation files are used, of whichever source they are
  const told = new Set(
    sources.flatMap((source) =>
      'annotations' in source ? listOf(source.annotations).map((file) => resolve(file)) : [],
    ),
  );
  const begun = new Set<string>();
  const begin: Begin = (walk) => {
    const isNew = !begun.has(walk);
    begun.add(walk);
    return isNew;
  };
  const add: Add = (reason, file, what) => {
    if (told.has(file)) return;
    told.add(file);
    const files = found.get(reason) ?? new Map<string, string>();
    found.set(reason, files.set(file, what));
  };
  for (const source of sources) {
    if ('annotations' in source) await inCoco(source.images, images, add, begin);
    else if ('voc' in source) await inVoc(source, images, add, begin);
    else if ('yolo' in source) await inYolo(source, images, add, begin);
    else for (const input of listOf(source.images)) if (begin(`images ${resolve(input)}`)) await inFolder(input, add);
  }
  const summary = new Problems('unused', { examples: EXAMPLES });
  for (const reason of Object.keys(REASONS) as Reason[]) {
    for (const [file, what] of found.get(reason) ?? []) {
      summary.add({ file, at: '', found: what, ...REASONS[reason], skips: 'file' });
    }
  }
  return summary.summary();
}

/** The counts as a phrase: `2 × pictures of a format that is not read, 1 × hidden files and folders`. */
export const unusedText = ({ byKind }: ProblemSummary): string =>
  byKind.map(({ kind, count }) => `${count.toLocaleString('en-US')} × ${kind}`).join(', ');

const listOf = (value: string | readonly string[]) => (typeof value === 'string' ? [value] : value);

/** Of a file that is no image that could be used; images are left to the caller. */
function tellOther(path: string, add: Add): void {
  const picture = otherPicture(path);
  if (picture !== undefined) add('format', path, picture);
  else add('other', path, `no picture by its name (${extname(path).toLowerCase() || 'no extension'})`);
}

const tellPassed =
  (add: Add) =>
  ({ path, why }: PassedOver): void => {
    if (why.startsWith('a hidden')) add('hidden', path, why);
    else add(why.startsWith('a pipe') ? 'special' : 'passed', path, why);
  };

async function inFolder(input: string, add: Add): Promise<void> {
  const { files } = await expandImages(input, tellPassed(add));
  for (const path of files) if (!isImageName(path)) tellOther(path, add);
}

async function inCoco(folder: string, used: ReadonlySet<string>, add: Add, begin: Begin): Promise<void> {
  const root = resolve(folder);
  if (!begin(`coco ${root}`) || !(await isFolder(root))) return;
  const files = await walkFolder(root, { onPassed: tellPassed(add) });
  const isUsed = await usedOf(files, root, used);
  for (const path of files) {
    if (isUsed(path)) continue;
    if (isImageName(path)) add('entry', path, 'no entry names it');
    else tellOther(path, add);
  }
}

async function inVoc(
  { voc, sets = [] }: { readonly voc: string; readonly sets?: string | readonly string[] },
  used: ReadonlySet<string>,
  add: Add,
  begin: Begin,
): Promise<void> {
  for (const set of (await vocLayout(voc, listOf(sets))).sets) {
    const { annotations, images } = set.year;
    if (begin(`voc ${annotations}\0${images}`) && (await isFolder(images))) await inYear(set, used, add);
  }
}

async function inYear(
  { year: { annotations, images }, file }: VocSet,
  used: ReadonlySet<string>,
  add: Add,
): Promise<void> {
  const files = await walkFolder(images, { depth: 0, onPassed: tellPassed(add) });
  const isUsed = await usedOf(files, images, used);
  const others = file === undefined ? new Set<string>() : await namesInSets(dirname(file));
  const stems = new Set(files.filter((path) => isImageName(path)).map(stemOf));
  for (const path of files) {
    if (isUsed(path) || others.has(basename(stemOf(path)))) continue;
    if (isImageName(path))
      add('entry', path, file === undefined ? 'no annotation of it is used' : 'no image set names it');
    // beside the images: the annotation of one of them
    else if (!isXml(path)) tellOther(path, add);
    else if (!stems.has(stemOf(path))) add('label', path, 'no image has its name');
  }
  if (annotations === images || !(await isFolder(annotations))) return;
  for (const path of await walkFolder(annotations, { depth: 0 })) {
    const image = join(images, basename(stemOf(path)));
    if (isXml(path) && !stems.has(image)) add('label', path, 'no image has its name');
  }
}

/** Names that any image set has: an image of another set is no image left out. */
async function namesInSets(folder: string): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const file of await readdir(folder).catch((): string[] => [])) {
    if (!file.endsWith('.txt')) continue;
    const text = await readFile(join(folder, file), 'utf8').catch(() => '');
    for (const line of text.split('\n')) names.add(line.trim().split(/\s/)[0] as string);
  }
  return names;
}

async function inYolo(
  { yolo, set = 'train' }: { readonly yolo: string; readonly set?: 'train' | 'val' | 'test' },
  used: ReadonlySet<string>,
  add: Add,
  begin: Begin,
): Promise<void> {
  const labels = new Set([...used].map(labelPath));
  for (const entry of (await readYoloYaml(yolo, set)).entries) {
    if (!begin(`yolo ${entry}`) || !(await isFolder(entry))) continue;
    for (const path of await walkFolder(entry, { onPassed: tellPassed(add) })) {
      if (isImageName(path) || labels.has(path)) continue;
      if (isLabel(path)) add('label', path, 'no image has its name');
      else tellOther(path, add);
    }
    const folder = dirname(labelPath(join(entry, 'image.jpg')));
    if (folder === entry || !(await isFolder(folder))) continue;
    for (const path of await walkFolder(folder)) {
      if (isLabel(path) && !labels.has(path))
        add('label', path, `no image that is used has its name (it would be in ${entry})`);
    }
  }
}

/** labelImg writes its list of classes among the labels. */
const isLabel = (path: string) => extname(path).toLowerCase() === '.txt' && basename(path) !== 'classes.txt';

const stemOf = (path: string) => path.slice(0, path.length - extname(path).length);

/** Whether a file is used, also where the data set names it by a link. */
async function usedOf(
  files: readonly string[],
  root: string,
  used: ReadonlySet<string>,
): Promise<(path: string) => boolean> {
  const walked = new Set(files);
  const real = new Set<string>();
  const realRoot = await realpath(root);
  for (const path of used) {
    if (walked.has(path) || (!path.startsWith(root + sep) && !path.startsWith(realRoot + sep))) continue;
    const target = await realpath(path).catch(() => path);
    real.add(target.startsWith(realRoot + sep) ? root + target.slice(realRoot.length) : target);
  }
  return (path) => used.has(path) || real.has(path);
}
