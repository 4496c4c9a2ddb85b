import type { LoadedDataset } from '../coco/load-coco.ts';
import type { Category } from '../types.ts';
import type { ClassMapping } from './classes.ts';
import { quote } from './names.ts';

/** The data set with the classes of the result; objects of classes that are left out are gone, and said so. */
export function applyClasses(
  dataset: LoadedDataset,
  mapping: ClassMapping,
  categories: readonly Category[],
): { dataset: LoadedDataset; remark: string | undefined } {
  const same = mapping.length === categories.length && mapping.every((to, i) => to === i);
  if (same) return { dataset: { ...dataset, categories }, remark: undefined };
  let gone = 0;
  const images = dataset.images.map((image) => ({
    ...image,
    annotations: image.annotations.flatMap((annotation) => {
      const category = mapping[annotation.category];
      if (category !== undefined) return [{ ...annotation, category }];
      gone++;
      return [];
    }),
  }));
  const names = dataset.categories.filter((_, i) => mapping[i] === undefined).map(({ name }) => name);
  const remark =
    names.length === 0
      ? undefined
      : `${dataset.source}: ${names.length} of its ${dataset.categories.length} classes are left out with their ${gone} objects (${quote(names, 6)}); ` +
        'the images stay, and such objects in them count as background.';
  return { dataset: { ...dataset, categories, images }, remark };
}
