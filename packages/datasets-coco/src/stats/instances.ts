import type { Dataset, ImageRecord } from '../types.ts';

/** The boxes of a data set as columns: what statistics over a million boxes need. `N` instances, `M` images. */
export interface Instances {
  readonly count: number;
  /** `[N, 4]` flattened `x y w h` in pixels of the image files. */
  readonly boxes: Float64Array;
  /** `[N]` index into {@link Dataset.categories}. */
  readonly categories: Int32Array;
  /** `[N]` index into {@link Dataset.images}. */
  readonly images: Int32Array;
  /** `[N]` COCO's area, of the mask where there is one, in pixels of the image files. */
  readonly areas: Float64Array;
  /** Boxes left out because they are crowds or difficult; a box that is both counts as a crowd. */
  readonly leftOut: { readonly crowds: number; readonly difficult: number };
}

/** Crowds (COCO) and difficult boxes (VOC) are left out, as training leaves them out, unless asked for. */
export function instancesOf(
  { images }: Pick<Dataset, 'images'>,
  options: { readonly crowds?: boolean; readonly difficult?: boolean } = {},
): Instances {
  let most = 0;
  for (const image of images) most += image.annotations.length;
  const boxes = new Float64Array(most * 4);
  const categories = new Int32Array(most);
  const owners = new Int32Array(most);
  const areas = new Float64Array(most);
  const leftOut = { crowds: 0, difficult: 0 };
  let n = 0;
  images.forEach((image, index) => {
    for (const { bbox, category, area, crowd, difficult } of image.annotations) {
      if (crowd && options.crowds !== true) leftOut.crowds++;
      else if (difficult === true && options.difficult !== true) leftOut.difficult++;
      else {
        boxes.set(bbox, n * 4);
        categories[n] = category;
        areas[n] = area;
        owners[n++] = index;
      }
    }
  });
  return {
    count: n,
    boxes: boxes.subarray(0, n * 4),
    categories: categories.subarray(0, n),
    images: owners.subarray(0, n),
    areas: areas.subarray(0, n),
    leftOut,
  };
}

/**
 * The size at which a detector sees an image: the short edge becomes `short`, unless the long edge would pass `long`.
 */
export interface TestSize {
  readonly short: number;
  readonly long: number;
}

/** The paper's (Fig 2): short edge 800 pixels, long edge at most 1333. */
export const PAPER_TEST_SIZE: TestSize = { short: 800, long: 1333 };

/**
 * `[M]` by how much each image grows to be tested: min(short / its short edge, long / its long edge). The rounding of
 * the sides to whole pixels, which moves a size by less than 0.1 %, is left out.
 *
 * @throws Error for an image whose size is not known: read it from the file first (`imageSize`).
 */
export function resizeFactors(
  images: readonly Pick<ImageRecord, 'width' | 'height' | 'path'>[],
  { short, long }: TestSize,
): Float64Array {
  return Float64Array.from(images, ({ width, height, path }) => {
    if (width === undefined || height === undefined) {
      throw new Error(`${path}: its size is not known. Read it with imageSize(path) and put it into the record.`);
    }
    return Math.min(short / Math.min(width, height), long / Math.max(width, height));
  });
}

/**
 * `[N]` the size of each instance, √(w·h) in pixels, as the paper measures it (Fig 2a, Fig 5).
 *
 * @param factors `[M]` of {@link resizeFactors}; without them sizes are those in the image files
 */
export function instanceSizes(instances: Instances, factors?: Float64Array): Float64Array {
  const { count, boxes, images } = instances;
  const sizes = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const area = Math.max(0, boxes[4 * i + 2]!) * Math.max(0, boxes[4 * i + 3]!);
    sizes[i] = Math.sqrt(area) * (factors === undefined ? 1 : factors[images[i]!]!);
  }
  return sizes;
}
