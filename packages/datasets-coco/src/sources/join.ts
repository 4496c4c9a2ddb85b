import type { Dataset, ImageRecord } from '../types.ts';

/**
 * One data set of several that have the same categories. Images get ids of their own where two have the same.
 *
 * @param remarks gets what the user should know
 * @returns the data set, and the ids that the images of each have in it
 */
export function joinSources(datasets: readonly Dataset[], remarks: string[]): { dataset: Dataset; ids: number[][] } {
  const [first, ...others] = datasets as readonly [Dataset, ...Dataset[]];
  if (others.length === 0) {
    const { source, categories, images, roots } = first;
    return {
      dataset: { source, categories, images, ...(roots === undefined ? {} : { roots }) },
      ids: [images.map(({ id }) => id)],
    };
  }
  const ids: number[][] = [];
  const images: ImageRecord[] = [];
  const idSource = new Map<number, string>();
  const pathSource = new Map<string, string>();
  let largest = 0;
  for (const { source, images: own } of datasets) {
    const taken = own.find(({ id }) => idSource.has(id));
    const from = largest + 1;
    if (taken !== undefined) {
      remarks.push(
        `The images of ${source} are numbered from ${from}: their own ids are those of other images in ${idSource.get(taken.id)} (${taken.id} is one).`,
      );
    }
    let twice = 0;
    let example: ImageRecord | undefined;
    own.forEach((image, i) => {
      const id = taken === undefined ? image.id : from + i;
      if (pathSource.has(image.path)) {
        twice++;
        example ??= image;
      }
      images.push({ ...image, id });
    });
    if (example !== undefined) {
      remarks.push(
        `${twice} images of ${source} are also in ${pathSource.get(example.path)} (${example.path} is one): they are there twice, each with its own labels.`,
      );
    }
    const added = images.slice(images.length - own.length);
    ids.push(added.map(({ id }) => id));
    for (const image of added) {
      idSource.set(image.id, source);
      pathSource.set(image.path, source);
      if (image.id > largest) largest = image.id;
    }
  }
  images.sort((a, b) => a.id - b.id);
  let next = 1;
  const dataset = {
    source: datasets.map(({ source }) => source).join(' + '),
    roots: [...new Set(datasets.flatMap(({ roots = [] }) => roots))],
    categories: first.categories,
    images: images.map((image) => ({ ...image, annotations: image.annotations.map((a) => ({ ...a, id: next++ })) })),
  };
  return { dataset, ids };
}
