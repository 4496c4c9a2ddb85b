import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Annotation, Dataset } from '../types.ts';
import { outputNames } from './output-names.ts';
import { listedSet, type SetPlace } from './listed-set.ts';
import { filesOfImages, placedIn, placeImages, writeImageList } from './place-images.ts';
import type { WriteSetOptions, WrittenSet } from './types.ts';
import type { Claim } from './unfinished.ts';
import { writeList, writeWhole } from './write-file.ts';

/**
 * Writes a data set as Pascal VOC: `Annotations/*.xml` as VOC 2007 has them, `JPEGImages`, `ImageSets/Main/<set>.txt`.
 * Corners are 1-based and inclusive; fractions are kept, to a billionth of a pixel (readers that want whole numbers
 * round). Crowds, which VOC does not have, are written as difficult objects: both are left out of training and are
 * neither right nor wrong in VOC's metric. COCO's ids and areas of masks have no place in VOC. A box of exactly one
 * pixel is written, and is what `loadVoc` takes for a click.
 *
 * @throws Error where the set is there already
 */
export async function writeVoc(dataset: Dataset, folder: string, options: WriteSetOptions = {}): Promise<WrittenSet> {
  const listOf = (root: string, set: string) => join(root, 'ImageSets', 'Main', `${set}.txt`);
  return listedSet(dataset, folder, options, listOf, (place, claim) => write(dataset, place, options, claim));
}

async function write(
  dataset: Dataset,
  { root, set, file }: SetPlace,
  options: WriteSetOptions,
  claim: Claim,
): Promise<WrittenSet> {
  const { imageFiles = 'copy' } = options;
  const annotations = join(root, 'Annotations');
  const before = (await readdir(annotations).catch((): string[] => [])).map((entry) => entry.replace(/\.xml$/i, ''));
  const names = outputNames(dataset.images, before);
  const placed = placedIn(join(root, 'JPEGImages'), dataset.images, names);
  const xmlOf = (i: number) => join(annotations, `${(names[i] as (typeof names)[number]).name}.xml`);
  await claim([...filesOfImages(placed, root, options), ...placed.map((_, i) => xmlOf(i))]);
  let crowds = 0;
  let count = 0;
  await placeImages(
    placed,
    async ({ image, target }, size, i) => {
      crowds += image.annotations.filter(({ crowd }) => crowd).length;
      count += image.annotations.length;
      const objects = image.annotations.map((a) => objectXml(a, nameOf(dataset, a)));
      await writeWhole(xmlOf(i), annotationXml(basename(root), basename(target), size, objects));
    },
    options,
  );
  const remarks: string[] = [];
  if (crowds > 0) remarks.push(`${crowds} crowds are written as difficult objects: VOC has no crowds.`);
  const others = names.filter(({ extension }) => extension !== '.jpg').length;
  if (others > 0) {
    remarks.push(
      `${others} images are no .jpg: readers that build the file's name themselves (torchvision's) do not find them.`,
    );
  }
  if (imageFiles === 'none') remarks.push(await writeImageList(placed, root, set));
  await writeList(file, names.map(({ name }) => `${name}\n`).join(''));
  return { images: placed.length, annotations: count, file, remarks };
}

function annotationXml(
  folder: string,
  fileName: string,
  { width, height }: { readonly width: number; readonly height: number },
  objects: readonly string[],
): string {
  return `<annotation>
	<folder>${escape(folder)}</folder>
	<filename>${escape(fileName)}</filename>
	<source>
		<database>Unknown</database>
	</source>
	<size>
		<width>${width}</width>
		<height>${height}</height>
		<depth>3</depth>
	</size>
	<segmented>0</segmented>
${objects.join('')}</annotation>
`;
}

function objectXml({ bbox: [x, y, w, h], difficult, truncated, crowd }: Annotation, name: string): string {
  return `	<object>
		<name>${escape(name)}</name>
		<pose>Unspecified</pose>
		<truncated>${truncated ? 1 : 0}</truncated>
		<difficult>${difficult || crowd ? 1 : 0}</difficult>
		<bndbox>
			<xmin>${decimal(x + 1)}</xmin>
			<ymin>${decimal(y + 1)}</ymin>
			<xmax>${decimal(x + w)}</xmax>
			<ymax>${decimal(y + h)}</ymax>
		</bndbox>
	</object>
`;
}

/** Without what floating point adds: 0.1 + 0.2 is 0.3. */
const decimal = (value: number): string => String(Number(value.toFixed(9)));

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const escape = (text: string): string => text.replace(/[&<>]/g, (character) => ENTITIES[character] as string);

function nameOf({ source, categories }: Dataset, { id, category }: Annotation): string {
  const name = categories[category]?.name;
  if (name !== undefined) return name;
  throw new Error(
    `${source}: annotation ${id} has the category index ${category}, but there are ${categories.length} categories (indices from 0).`,
  );
}
