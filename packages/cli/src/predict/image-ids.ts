import { basename, sep } from 'node:path';
import type { Dataset, ImageRecord } from '@sed/datasets-coco';

/**
 * The images with the ids that a COCO file gives them. An image is found by the end of its path (`val/a.jpg` for a file name
 * `val/a.jpg`), else by its bare name where that is in the file once.
 *
 * @throws Error that names images which are not in the file
 */
export function withIdsOf(dataset: Dataset, images: readonly ImageRecord[]): ImageRecord[] {
  const byName = new Map(dataset.images.map((image) => [image.fileName, image]));
  const byBase = new Map<string, number>();
  for (const image of dataset.images) {
    const base = image.fileName.split('/').pop()!;
    byBase.set(base, byBase.has(base) ? -1 : image.id);
  }
  const unknown: string[] = [];
  const found = images.flatMap((image): ImageRecord[] => {
    const parts = image.path.split(sep);
    let id: number | undefined;
    for (let n = 1; n <= parts.length && id === undefined; n++) id = byName.get(parts.slice(-n).join('/'))?.id;
    id ??= byBase.get(basename(image.path));
    if (id === undefined || id === -1) {
      unknown.push(image.path);
      return [];
    }
    return [{ ...image, id }];
  });
  if (unknown.length > 0) {
    const shown = unknown.slice(0, 3).join(', ');
    throw new Error(
      `${unknown.length} of ${images.length} images are not in ${dataset.source} (${shown}${unknown.length > 3 ? ', …' : ''}), or their name is there ` +
        'more than once. Leave them out of --images, or leave out --annotations.',
    );
  }
  const twice = found.find((image, i) => found.findIndex((other) => other.id === image.id) !== i);
  if (twice)
    throw new Error(`Two of the images have the id ${twice.id} in ${dataset.source}; one of them is ${twice.path}.`);
  return found;
}
