import type { CocoDetection, Dataset } from '../types.ts';

/**
 * Boxes as columns, sorted by class and, in a class, by image. In an image the order of the input is kept: pycocotools
 * breaks ties by it.
 */
export interface Boxes {
  /** `x y w h` of each box. */
  readonly xywh: Float64Array;
  /** Index of the image of each box. */
  readonly image: Int32Array;
  /** Where the boxes of each class begin; one more entry for the end. */
  readonly classStart: Int32Array;
}

/** Ground truth as columns. */
export interface GroundTruth extends Boxes {
  readonly area: Float64Array;
  readonly crowd: Uint8Array;
  /** 1 where VOC calls the object difficult. */
  readonly difficult: Uint8Array;
  /** 1 where the annotation's id is 0: pycocotools takes a match with it for none, and so does everything published. */
  readonly idZero: Uint8Array;
}

/** Detections as columns; in an image by falling score. */
export interface Detections extends Boxes {
  readonly score: Float64Array;
  /** Position of each in the input. */
  readonly position: Int32Array;
}

export function groupGroundTruth(dataset: Dataset): GroundTruth {
  let count = 0;
  for (const image of dataset.images) count += image.annotations.length;
  const classOf = new Int32Array(count);
  const imageOf = new Int32Array(count);
  const flat = new Array<Dataset['images'][number]['annotations'][number]>(count);
  let n = 0;
  dataset.images.forEach((image, i) => {
    for (const annotation of image.annotations) {
      if (!(annotation.category >= 0 && annotation.category < dataset.categories.length)) {
        throw new Error(
          `${dataset.source}: annotation ${annotation.id} has the category index ${annotation.category}, ` +
            `but there are ${dataset.categories.length} categories (indices from 0).`,
        );
      }
      classOf[n] = annotation.category;
      imageOf[n] = i;
      flat[n++] = annotation;
    }
  });
  const { order, start } = countingSort(identity(count), classOf, dataset.categories.length);
  const result = {
    xywh: new Float64Array(count * 4),
    image: new Int32Array(count),
    classStart: start,
    area: new Float64Array(count),
    crowd: new Uint8Array(count),
    difficult: new Uint8Array(count),
    idZero: new Uint8Array(count),
  };
  for (let i = 0; i < count; i++) {
    const from = order[i] as number;
    const annotation = flat[from] as (typeof flat)[number];
    setBox(result.xywh, i, annotation.bbox);
    result.image[i] = imageOf[from] as number;
    result.area[i] = annotation.area;
    result.crowd[i] = annotation.crowd ? 1 : 0;
    result.difficult[i] = annotation.difficult === true ? 1 : 0;
    result.idZero[i] = annotation.id === 0 ? 1 : 0;
  }
  return result;
}

/** @throws Error that names the first detection that is of no image or category of the data set, or not finite. */
export function groupDetections(dataset: Dataset, detections: readonly CocoDetection[]): Detections {
  const imageIndex = new Map(dataset.images.map((image, i) => [image.id, i]));
  const classIndex = new Map(dataset.categories.map((category, i) => [category.id, i]));
  const count = detections.length;
  const classOf = new Int32Array(count);
  const imageOf = new Int32Array(count);
  const scores = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const { image_id, category_id, bbox, score } = detections[i] as CocoDetection;
    const image = imageIndex.get(image_id);
    const category = classIndex.get(category_id);
    if (image === undefined)
      throw new Error(`detections[${i}].image_id: ${image_id} is no image id of ${dataset.source}.`);
    if (category === undefined) {
      throw new Error(
        `detections[${i}].category_id: ${category_id} is no category id of ${dataset.source} ` +
          `(COCO's ids, not indices: ${dataset.categories
            .slice(0, 6)
            .map(({ id }) => id)
            .join(', ')}${dataset.categories.length > 6 ? ', …' : ''}).`,
      );
    }
    if (!Number.isFinite(score)) throw new Error(`detections[${i}].score: ${score} is not a finite number.`);
    for (let j = 0; j < 4; j++) {
      if (!Number.isFinite(bbox[j])) throw new Error(`detections[${i}].bbox[${j}]: ${bbox[j]} is not a finite number.`);
    }
    classOf[i] = category;
    imageOf[i] = image;
    scores[i] = score;
  }
  const byImage = countingSort(identity(count), imageOf, dataset.images.length).order;
  const { order, start } = countingSort(byImage, classOf, dataset.categories.length);
  sortCells(order, start, imageOf, scores);
  const result = {
    xywh: new Float64Array(count * 4),
    image: new Int32Array(count),
    classStart: start,
    score: new Float64Array(count),
    position: order,
  };
  for (let i = 0; i < count; i++) {
    const from = order[i] as number;
    setBox(result.xywh, i, (detections[from] as CocoDetection).bbox);
    result.image[i] = imageOf[from] as number;
    result.score[i] = scores[from] as number;
  }
  return result;
}

/** Sorts each run of one class and one image by falling score, ties by position in the input (numpy's mergesort). */
function sortCells(order: Int32Array, classStart: Int32Array, imageOf: Int32Array, scores: Float64Array): void {
  for (let c = 0; c + 1 < classStart.length; c++) {
    const end = classStart[c + 1] as number;
    for (let from = classStart[c] as number; from < end;) {
      const image = imageOf[order[from] as number];
      let to = from + 1;
      while (to < end && imageOf[order[to] as number] === image) to++;
      if (to - from > 1) byFallingScore(order.subarray(from, to), scores);
      from = to;
    }
  }
}

/** Sorts indices by falling score; equal scores by rising index. */
export function byFallingScore(indices: Int32Array, scores: Float64Array): void {
  indices.sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
}

/** Stable sort of `items` by a small whole-number key, and where each key begins. */
function countingSort(items: Int32Array, key: Int32Array, keys: number): { order: Int32Array; start: Int32Array } {
  const start = new Int32Array(keys + 1);
  for (const item of items) start[(key[item] as number) + 1]!++;
  for (let k = 0; k < keys; k++) start[k + 1]! += start[k] as number;
  const next = start.slice();
  const order = new Int32Array(items.length);
  for (const item of items) order[next[key[item] as number]!++] = item;
  return { order, start };
}

/** `xywh.set(box, i * 4)`, which is slow for short lists. */
function setBox(xywh: Float64Array, i: number, [x, y, w, h]: CocoDetection['bbox']): void {
  xywh[i * 4] = x;
  xywh[i * 4 + 1] = y;
  xywh[i * 4 + 2] = w;
  xywh[i * 4 + 3] = h;
}

function identity(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i);
}
