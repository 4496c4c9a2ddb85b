import { join, resolve } from 'node:path';
import { writeCoco } from '../coco/write-coco.ts';
import type { Dataset, ImageRecord } from '../types.ts';
import { outputNames } from './output-names.ts';
import { filesOfImages, placeImages, takenNames, writeImageList, type Placed } from './place-images.ts';
import { refuseOutside } from './check-images.ts';
import { checkSetName, exists, refuseExisting } from './set-name.ts';
import type { WriteSetOptions, WrittenSet } from './types.ts';
import { wholeSet, type Claim } from './unfinished.ts';

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
  await refuseOutside(dataset, imageFiles);
  return wholeSet(
    root,
    set,
    () => exists(file),
    (claim) => write(dataset, root, file, options, claim),
  );
}

async function write(
  dataset: Dataset,
  root: string,
  file: string,
  options: WriteSetOptions,
  claim: Claim,
): Promise<WrittenSet> {
  const { set = 'train', imageFiles = 'copy' } = options;
  const images = join(root, 'images');
  const names = outputNames(dataset.images, await takenNames(root, images));
  const placed = dataset.images.map((image, i): Placed => {
    const { name, extension } = names[i] as (typeof names)[number];
    return { image, target: join(images, `${name}${extension}`) };
  });
  await claim(filesOfImages(placed, root, options));
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
