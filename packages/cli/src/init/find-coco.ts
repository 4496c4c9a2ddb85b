/** COCO files below a folder, each with the folder of its images. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { UsageError } from '../errors.ts';
import { byPurpose, type FoundLabels, type LabelSource } from './found.ts';

/** File names of a COCO file that are looked for, to find their folder. */
const TRIED = 5;
/** Files of detection boxes among COCO's own annotations begin with this. */
const INSTANCES = /^instances[_-]/i;
/** Larger files are no annotations that one string holds. */
const LARGEST = 500 * 2 ** 20;

/** @param images where the images are, if the user says so */
export function findCoco(folder: string, images: string | undefined): FoundLabels | undefined {
  const namesOf = new Map(
    candidates(folder).flatMap((file) => {
      const names = cocoNames(file);
      return names === undefined ? [] : [[file, names] as const];
    }),
  );
  if (namesOf.size === 0) return undefined;
  const files = [...namesOf.keys()];
  const source = (file: string) => cocoSource(file, folder, images, namesOf.get(file));
  const instances = files.filter((file) => INSTANCES.test(basename(file)));
  const used = instances.length > 0 ? instances : files;
  const { labeled, validation, rest } = byPurpose(used, (file) => relative(folder, file));
  return {
    format: 'COCO',
    labeled: together(labeled.map(source)),
    validation: together(validation.map(source)),
    passedOver: [...rest, ...files.filter((file) => !used.includes(file))].map((file) => relative(folder, file)),
  };
}

/**
 * A COCO file with its images.
 * @param root the folder that the user named
 * @param known the names of its first images, where the file has been read already
 * @throws UsageError that says where the images were looked for
 */
export function cocoSource(
  file: string,
  root: string,
  images: string | undefined,
  known?: readonly string[],
): LabelSource {
  if (images !== undefined) return { annotations: file, images };
  const names = known ?? cocoNames(file) ?? [];
  const here = dirname(file);
  const above = dirname(here);
  const set = basename(file, '.json').replace(INSTANCES, '');
  const near = [here, above, root].flatMap((at) => [
    at,
    ...['images', set, `images/${set}`, 'JPEGImages'].map((name) => join(at, name)),
  ]);
  const below = [here, above, root].flatMap((at) => foldersIn(at));
  const places = [...new Set([...near, ...below])];
  // the nearest that has most of them: what is missing there is told of when it is read
  const has = (place: string) => names.filter((name) => existsSync(join(place, name))).length;
  const found = places.find((place) => has(place) > names.length / 2);
  if (found !== undefined && names.length > 0) return { annotations: file, images: found };
  throw new UsageError(
    names.length === 0
      ? `${file} names no image.`
      : `${file}: its images (${names[0]}, …) are neither beside it nor in a folder near it; looked in ${here} and in the folders of ${above}. ` +
          'Say where they are with --images <folder>.',
  );
}

/** The JSON files of a folder, of its annotations/ and of its parts (train/, valid/, …). */
function candidates(folder: string): string[] {
  const jsonIn = (at: string) =>
    namesIn(at)
      .filter((name) => /\.json$/i.test(name))
      .map((name) => join(at, name));
  return [folder, ...foldersIn(folder)].flatMap(jsonIn).filter((file) => statSync(file).isFile());
}

/** The file names of a COCO file's first images; undefined where it is none with boxes. */
function cocoNames(file: string): string[] | undefined {
  if (statSync(file).size > LARGEST) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
  } catch {
    return undefined; // a file that was asked for by name is read, and explained, later
  }
  const { images, annotations, categories } = (json ?? {}) as Record<string, unknown>;
  if (!Array.isArray(images) || !Array.isArray(annotations) || !Array.isArray(categories)) return undefined;
  return (images as { file_name?: unknown }[])
    .flatMap((image) => (typeof image?.file_name === 'string' ? [image.file_name] : []))
    .slice(0, TRIED);
}

/** Files whose images are in one folder are one source. */
function together(sources: readonly LabelSource[]): LabelSource[] {
  const byFolder = new Map<string, string[]>();
  for (const source of sources) {
    if (!('annotations' in source)) continue;
    byFolder.set(source.images, [...(byFolder.get(source.images) ?? []), ...[source.annotations].flat()]);
  }
  return [...byFolder].map(([images, files]) => ({ annotations: files.length === 1 ? files[0]! : files, images }));
}

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder).sort() : []);

export function foldersIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true }).filter((e) => !e.name.startsWith('.'));
  return entries
    .map((e) => join(folder, e.name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory())
    .sort();
}
