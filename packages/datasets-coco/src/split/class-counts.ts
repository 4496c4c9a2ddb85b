import type { RawCoco } from './raw-coco.ts';

/** One class in a whole data set and in its labeled part. Crowds are not counted. */
export interface ClassCounts {
  readonly name: string;
  /** Images with at least one box of the class. */
  readonly images: number;
  readonly boxes: number;
  readonly labeledImages: number;
  readonly labeledBoxes: number;
}

/** Counts of each class, in the order of the file's categories. */
export function classCounts(coco: RawCoco, labeledIds: Iterable<number>): ClassCounts[] {
  const labeled = new Set(labeledIds);
  const rows = coco.categories.map(({ name }) => ({ name, boxes: 0, labeledBoxes: 0 }));
  const index = new Map(coco.categories.map(({ id }, i) => [id, i]));
  const imagesOf = coco.categories.map(() => new Set<number>());
  for (const { imageId, categoryId, crowd } of coco.annotations) {
    const c = index.get(categoryId);
    if (c === undefined || crowd) continue;
    rows[c]!.boxes++;
    if (labeled.has(imageId)) rows[c]!.labeledBoxes++;
    imagesOf[c]!.add(imageId);
  }
  return rows.map(({ name, boxes, labeledBoxes }, c) => {
    let labeledImages = 0;
    for (const id of imagesOf[c]!) if (labeled.has(id)) labeledImages++;
    return { name, images: imagesOf[c]!.size, boxes, labeledImages, labeledBoxes };
  });
}
