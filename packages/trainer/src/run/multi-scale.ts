/**
 * Multi-scale testing (the paper's Table 7): the same images at several sizes, and all detections merged by
 * suppression.
 */
import { batchedNonMaxSuppression } from '@sed/geometry';
import type { CocoDetection, ImageRecord } from '@sed/datasets-coco';
import type { Detector, Parameters } from '@sed/detectors';
import type { RunConfig } from '../config/schema.ts';
import { predictImages, type PredictOptions } from './predict.ts';

/** Table 7: of two boxes of one class with a greater IoU, the one with the lower score goes. */
const MERGE_NMS_IOU = 0.5;
/** As many as COCO's metrics read. */
const MOST_DETECTIONS = 100;

/**
 * The same input with tests at another size: the short edge is `short`, the long one may grow with it. Batches are
 * padded as needed.
 */
export function inputAt(input: RunConfig['input'], short: number): RunConfig['input'] {
  const { resize } = input;
  const before = resize.kind === 'short-edge' ? (resize.test ?? { short: resize.short[1], long: resize.long }) : resize;
  const long = Math.round((before.long / before.short) * short);
  return {
    ...input,
    canvas: null,
    resize:
      resize.kind === 'short-edge' ? { ...resize, test: { short, long } } : { kind: 'fit', short, long, scale: [1, 1] },
  };
}

/**
 * The detections of several runs of a model over the same images as one: class by class non-maximum suppression over
 * the union, then the best of each image.
 * @returns in the order in which the images first appear in `images`
 */
export function mergeDetections(
  perScale: readonly (readonly CocoDetection[])[],
  images: readonly Pick<ImageRecord, 'id'>[],
  { iou = MERGE_NMS_IOU, maxDetections = MOST_DETECTIONS }: { iou?: number; maxDetections?: number } = {},
): CocoDetection[] {
  const byImage = new Map<number, CocoDetection[]>(images.map(({ id }) => [id, []]));
  for (const detection of perScale.flat()) byImage.get(detection.image_id)?.push(detection);
  return [...byImage.values()].flatMap((found) => {
    const boxes = Float32Array.from(found.flatMap(({ bbox: [x, y, w, h] }) => [x, y, x + w, y + h]));
    const scores = Float32Array.from(found, ({ score }) => score);
    const labels = found.map(({ category_id }) => category_id);
    const keep = batchedNonMaxSuppression(boxes, scores, labels, iou, maxDetections);
    return Array.from(keep, (k) => found[k]!);
  });
}

export interface ScaleDetections {
  /** The short edge in pixels. */
  readonly scale: number;
  /** What `predictImages` gives with the input of {@link inputAt}. */
  readonly detections: CocoDetection[];
}

/** Detects at each scale, the short edge in pixels, and merges. */
export async function predictScales<F extends object>(
  detector: Detector<F>,
  parameters: Parameters,
  images: readonly ImageRecord[],
  options: Omit<PredictOptions, 'onProgress'> & {
    readonly scales: readonly number[];
    readonly onProgress?: (done: number, images: number, scale: number) => void;
  },
): Promise<{ perScale: ScaleDetections[]; merged: CocoDetection[] }> {
  const { scales, onProgress, ...rest } = options;
  const perScale: ScaleDetections[] = [];
  for (const scale of scales) {
    const detections = await predictImages(detector, parameters, images, {
      ...rest,
      input: inputAt(options.input, scale),
      ...(onProgress ? { onProgress: (done, all) => onProgress(done, all, scale) } : {}),
    });
    perScale.push({ scale, detections });
  }
  const merged = mergeDetections(
    perScale.map(({ detections }) => detections),
    images,
    options.maxDetections === undefined ? {} : { maxDetections: options.maxDetections },
  );
  return { perScale, merged };
}
