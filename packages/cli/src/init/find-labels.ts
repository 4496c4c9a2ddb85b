/** Which labels a path has, told by the files that are there. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { isImageName } from '@sed/datasets-coco/image';
import { UsageError } from '../errors.ts';
import { cocoSource, findCoco, foldersIn } from './find-coco.ts';
import { byPurpose, type FoundLabels } from './found.ts';

const KNOWN =
  'COCO (a JSON file beside the images, in annotations/, or one in each of train/ and valid/), Pascal VOC (Annotations and JPEGImages, or XML files ' +
  'beside the images), YOLO (a data.yaml)';

/**
 * @param path absolute, a folder or a file of annotations
 * @param images the folder of the images, where COCO's are not near their file
 * @throws UsageError that says what is there, and what is known
 */
export function findLabels(path: string, images?: string): FoundLabels {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats)
    throw new UsageError(`${path} does not exist: name a folder of pictures with labels, or a file of annotations.`);
  if (!stats.isDirectory()) return labelsOfFile(path, images);
  const found = findYolo(path) ?? findVoc(path) ?? findCoco(path, images) ?? findFlatVoc(path);
  if (found) return found;
  throw new UsageError(`${path} has no labels that are known: ${KNOWN}.${whatIsThere(path)}`);
}

function labelsOfFile(path: string, images: string | undefined): FoundLabels {
  const alone = { validation: [], passedOver: [] };
  switch (extname(path).toLowerCase()) {
    case '.json':
      return { format: 'COCO', labeled: [cocoSource(path, dirname(path), images)], ...alone };
    case '.yaml':
    case '.yml':
      return yoloOf(path);
    default:
      throw new UsageError(`${path} is no file of annotations that is known: ${KNOWN}. Name the folder that it is in.`);
  }
}

/** A `data.yaml`, or the one YAML file that names classes. */
function findYolo(folder: string): FoundLabels | undefined {
  const files = filesIn(folder).filter((name) => /\.ya?ml$/i.test(name));
  const named = files.filter((name) => /^names\s*:/m.test(readFileSync(join(folder, name), 'utf8')));
  const file = named.find((name) => /^data\.ya?ml$/i.test(name)) ?? (named.length === 1 ? named[0] : undefined);
  return file === undefined ? undefined : yoloOf(join(folder, file));
}

function yoloOf(yaml: string): FoundLabels {
  const text = readFileSync(yaml, 'utf8');
  const has = (set: string) => new RegExp(`^${set}\\s*:\\s*(?:\\S|$)`, 'm').test(text);
  return {
    format: 'YOLO',
    labeled: [{ yolo: yaml, set: has('train') ? 'train' : 'val' }],
    validation: has('train') && (has('val') || has('validation')) ? [{ yolo: yaml, set: 'val' }] : [],
    passedOver: has('test') ? ['the test set'] : [],
  };
}

/** VOC's own layout: image sets below ImageSets/Main, of the folder or of the years of a devkit. */
function findVoc(folder: string): FoundLabels | undefined {
  const years = [folder, ...foldersIn(folder), ...foldersIn(join(folder, 'VOCdevkit'))];
  const sets = years.flatMap((year) => {
    const prefix = year === folder ? '' : `${basename(year)}/`;
    return filesIn(join(year, 'ImageSets', 'Main'))
      .filter((name) => name.endsWith('.txt'))
      .map((name) => ({ prefix, name: name.slice(0, -4) }));
  });
  if (sets.length === 0) return undefined;
  const named = (name: string) => sets.filter((set) => set.name === name).map((set) => set.prefix + set.name);
  const [train, val, trainval] = [named('train'), named('val'), named('trainval')];
  const source = (names: readonly string[]) => (names.length === 0 ? [] : [{ voc: folder, sets: names }]);
  const separate = train.length > 0 && val.length > 0;
  const labeled = separate ? train : [trainval, train, val].find((names) => names.length > 0);
  if (labeled === undefined) {
    const all = sets.map(({ prefix, name }) => prefix + name);
    return { format: 'VOC', labeled: source(all.slice(0, 1)), validation: [], passedOver: all.slice(1) };
  }
  return {
    format: 'VOC',
    labeled: source(labeled),
    validation: source(separate ? val : []),
    passedOver: named('test').length > 0 ? named('test') : [],
  };
}

/** XML files beside their images, or in a folder of their own; of train/, valid/, …, each a part. */
function findFlatVoc(folder: string): FoundLabels | undefined {
  const hasXml = (at: string) => filesIn(at).some((name) => /\.xml$/i.test(name));
  const parts = foldersIn(folder).filter((part) => hasXml(part) && hasImages(part));
  if (hasXml(folder) || (parts.length === 0 && foldersIn(folder).some(hasXml))) {
    return { format: 'VOC', labeled: [{ voc: folder }], validation: [], passedOver: [] };
  }
  if (parts.length === 0) return undefined;
  const { labeled, validation, rest } = byPurpose(
    parts.map((part) => basename(part)),
    (name) => name,
  );
  const source = (names: readonly string[]) => (names.length === 0 ? [] : [{ voc: folder, sets: names }]);
  return { format: 'VOC', labeled: source(labeled), validation: source(validation), passedOver: rest };
}

function whatIsThere(folder: string): string {
  const names = filesIn(folder);
  const images = names.filter(isImageName).length;
  const text = names.filter((name) => /\.txt$/i.test(name));
  const csv = names.find((name) => /\.csv$/i.test(name));
  if (text.length > 0 || foldersIn(folder).some((at) => basename(at) === 'labels')) {
    return ' There are text files, as YOLO has them: write a data.yaml beside them with "train: <folder of images>" and "names: [first class, second class, …]".';
  }
  if (csv !== undefined) return ` ${csv} is a table: export the labels as COCO JSON, VOC or YOLO.`;
  return images > 0 ? ` There are ${images} images without labels.` : '';
}

const hasImages = (folder: string) => filesIn(folder).some(isImageName);

function filesIn(folder: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries
    .filter((e) => !e.isDirectory() && !e.name.startsWith('.'))
    .map((e) => e.name)
    .sort();
}
