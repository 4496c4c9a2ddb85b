import { basename, join } from 'node:path';
import { writeCoco } from '../coco/write-coco.ts';
import type { Dataset, ImageRecord } from '../types.ts';
import { outputNames } from './output-names.ts';
import { listedSet, type SetPlace } from './listed-set.ts';
import { filesOfImages, placedIn, placeImages, takenNames, writeImageList } from './place-images.ts';
import type { WriteSetOptions, WrittenSet } from './types.ts';
import type { Claim } from './unfinished.ts';

/**
 * Writes a data set as COCO with its images: `annotations/instances_<set>.json` and `images`. Ids stay as they are. For
 * the JSON alone, with the file names that it has, `writeCoco` is enough.
 *
 * @throws Error where the set is there already
 */
export async function writeCocoSet(
  dataset: Dataset,
  folder: string,
  options: WriteSetOptions = {},
): Promise<WrittenSet> {
  const listOf = (root: string, set: string) => join(root, 'annotations', `instances_${set}.json`);
  return listedSet(dataset, folder, options, listOf, (place, claim) => write(dataset, place, options, claim));
}

async function write(
  dataset: Dataset,
  { root, set, file }: SetPlace,
  options: WriteSetOptions,
  claim: Claim,
): Promise<WrittenSet> {
  const { imageFiles = 'copy' } = options;
  const images = join(root, 'images');
  const names = outputNames(dataset.images, await takenNames(root, images));
  const placed = placedIn(images, dataset.images, names);
  await claim(filesOfImages(placed, root, options));
  const records: ImageRecord[] = [];
  await placeImages(
    placed,
    ({ image, target }, size, i) => {
      records[i] = { ...image, ...size, fileName: basename(target) };
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
