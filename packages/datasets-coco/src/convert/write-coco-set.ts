import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeCoco } from '../coco/write-coco.ts';
import type { Dataset, ImageRecord } from '../types.ts';
import { outputNames } from './output-names.ts';
import { placeImages, takenNames, writeImageList, type Placed } from './place-images.ts';
import { checkSetName, refuseExisting } from './set-name.ts';
import type { WriteSetOptions, WrittenSet } from './types.ts';

/**
 * Writes a data set as COCO with its images: `annotations/instances_<set>.json` and `images`. Ids stay as they are. For the JSON alone,
 * with the file names that it has, `writeCoco` is enough.
 *
 * @throws Error where the set is there already
 */
export async function writeCocoSet(
  dataset: Dataset,
  folder: string,
  options: WriteSetOptions = {},
): Promise<WrittenSet> {
  const { set = 'train', imageFiles = 'copy' } = options;
  checkSetName(set);
  const root = resolve(folder);
  const file = join(root, 'annotations', `instances_${set}.json`);
  await refuseExisting(file, set);
  const images = join(root, 'images');
  await mkdir(images, { recursive: true });
  const names = outputNames(dataset.images, await takenNames(root, images));
  const placed = dataset.images.map((image, i): Placed => {
    const { name, extension } = names[i] as (typeof names)[number];
    return { image, target: join(images, `${name}${extension}`) };
  });
  const records: ImageRecord[] = [];
  await placeImages(
    placed,
    async ({ image }, size, i) => {
      const { name, extension } = names[i] as (typeof names)[number];
      records[i] = { ...image, ...size, fileName: `${name}${extension}` };
    },
    options,
  );
  const remarks = imageFiles === 'none' ? [await writeImageList(placed, root, set)] : [];
  await writeCoco({ ...dataset, images: records }, file);
  return {
    images: records.length,
    annotations: records.reduce((n, { annotations }) => n + annotations.length, 0),
    file,
    remarks,
  };
}
