import type { Dataset } from '../types.ts';

/**
 * The images with these ids, in id order, with all categories of the data set.
 *
 * @throws Error where an id is not in the data set or occurs twice.
 */
export function subset(dataset: Dataset, ids: Iterable<number>, source = dataset.source): Dataset {
  const wanted = new Set<number>();
  const twice: number[] = [];
  for (const id of ids) {
    if (wanted.has(id)) twice.push(id);
    wanted.add(id);
  }
  if (twice.length > 0) throw new Error(`image ids occur more than once in the subset: ${firstIds(twice)}.`);
  const images = dataset.images.filter((image) => wanted.has(image.id));
  if (images.length < wanted.size) {
    for (const image of images) wanted.delete(image.id);
    throw new Error(`${wanted.size} image ids of the subset are not in ${dataset.source}: ${firstIds([...wanted])}.`);
  }
  return { source, categories: dataset.categories, images };
}

/** The same images, unlabeled: what a semi-supervised method may see of them. */
export function withoutAnnotations(dataset: Dataset): Dataset {
  return {
    source: dataset.source,
    categories: dataset.categories,
    images: dataset.images.map((image) => ({ ...image, annotations: [] })),
  };
}

const firstIds = (ids: number[]) => ids.slice(0, 5).join(', ') + (ids.length > 5 ? `, … (${ids.length} in all)` : '');
