import type { Dataset } from '../types.ts';
import { writeList } from '../convert/write-file.ts';
import { imageSize } from '../image/decode.ts';

/**
 * Writes a data set as COCO JSON, with its ids and file names; loading it again with the same image folder gives the
 * same data set. COCO wants each image's size: where it is not known (plain folders) it is read from the file's header.
 * `difficult` is written as `ignore: 1`, which loadCoco and mmdetection's trainer take for it and pycocotools sets
 * anew, `truncated` as `truncated: 1`; neither is in COCO's own definition. The file is written aside and renamed, so
 * that it is never there by half.
 */
export async function writeCoco(dataset: Dataset, file: string): Promise<void> {
  const images: object[] = [];
  const annotations: object[] = [];
  for (const image of dataset.images) {
    const { width, height } =
      image.width !== undefined && image.height !== undefined ? image : await imageSize(image.path);
    images.push({ id: image.id, file_name: image.fileName, width, height });
    for (const { id, bbox, category, area, crowd, difficult, truncated } of image.annotations) {
      const categoryId = dataset.categories[category]?.id;
      if (categoryId === undefined) {
        throw new Error(
          `${dataset.source}: annotation ${id} has the category index ${category}, ` +
            `but there are ${dataset.categories.length} categories (indices from 0).`,
        );
      }
      const flags = { ...(difficult ? { ignore: 1 } : {}), ...(truncated ? { truncated: 1 } : {}) };
      annotations.push({
        id,
        image_id: image.id,
        category_id: categoryId,
        bbox,
        area,
        iscrowd: crowd ? 1 : 0,
        ...flags,
      });
    }
  }
  const categories = dataset.categories.map(({ id, name }) => ({ id, name }));
  const info = { description: `Written by @sed/datasets-coco from ${dataset.source}` };
  await writeList(file, `${JSON.stringify({ info, images, annotations, categories })}\n`);
}
