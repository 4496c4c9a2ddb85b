/** Detections on image files, in the pixels of the files. */
import { invertMap, mapBoxes, testView, type View } from '@sed/augment';
import { decodeImage, prefetch, type Category, type CocoDetection, type ImageRecord } from '@sed/datasets-coco';
import { imageBatch, type Detections, type Detector, type ImageBatchOptions, type Parameters } from '@sed/detectors';
import type { RunConfig } from '../config/schema.ts';
import { scoped } from '../methods/scoped.ts';

export interface PredictOptions {
  /** Sizes and normalisation: those of training. */
  readonly input: RunConfig['input'];
  /** Class index to COCO id. */
  readonly categories: readonly Category[];
  /** Images in a batch. Default 8. */
  readonly batch?: number;
  readonly scoreThreshold?: number;
  readonly maxDetections?: number;
  readonly signal?: AbortSignal;
  /** Told of an image that cannot be read, which is then left out; without it, such an image is an error. */
  readonly onUnreadable?: (image: ImageRecord, error: Error) => void;
  readonly onProgress?: (done: number, images: number) => void;
}

/** Batches that are decoded ahead. */
const AHEAD = 2;

/**
 * Detects on images at the size of testing, batch by batch, in the order of `images`.
 * @returns COCO results: boxes `x y w h` in pixels of the image files, the best first within an image
 * @throws the signal's reason where it aborts
 */
export async function predictImages<F>(
  detector: Detector<F>,
  parameters: Parameters,
  images: readonly ImageRecord[],
  options: PredictOptions,
): Promise<CocoDetection[]> {
  const { input, categories, batch = 8, signal, onProgress } = options;
  const batching = batchingOf(input, detector, 0);
  const settings = { resize: input.resize, antialias: input.antialias };
  const results: CocoDetection[] = [];
  const chunks = Array.from({ length: Math.ceil(images.length / batch) }, (_, i) =>
    images.slice(i * batch, (i + 1) * batch),
  );
  const loadOne = async (image: ImageRecord): Promise<{ image: ImageRecord; view: View } | undefined> => {
    try {
      return { image, view: testView(await decodeImage(image.path), settings) };
    } catch (error) {
      if (!options.onUnreadable) throw error;
      options.onUnreadable(image, error as Error);
      return undefined;
    }
  };
  const load = async (chunk: readonly ImageRecord[]) =>
    (await Promise.all(chunk.map(loadOne))).filter((one) => one !== undefined);
  let chunkIndex = 0;
  for await (const loaded of prefetch(chunks, load, { ahead: AHEAD, ...(signal ? { signal } : {}) })) {
    const views = loaded.map(({ view }) => view);
    const found = scoped(() => {
      if (views.length === 0) return [];
      const tensors = imageBatch(views, batching);
      return detector.detect(detector.forward(parameters, tensors), tensors, detectOptions(options));
    });
    chunkIndex++;
    loaded.forEach(({ image, view }, i) => results.push(...toCoco(found[i]!, view, image, categories)));
    onProgress?.(Math.min(chunkIndex * batch, images.length), images.length);
    await new Promise(setImmediate); // lets signals and the decoder's results in
  }
  return results;
}

/** How views become batches: padded so that `maxShift` halvings keep the grids whole. */
export function batchingOf(
  input: RunConfig['input'],
  detector: Pick<Detector, 'sizeMultiple'>,
  maxShift: number,
): ImageBatchOptions {
  return {
    multiple: detector.sizeMultiple * 2 ** maxShift,
    mean: input.mean,
    std: input.std,
    ...(input.canvas ? { canvas: input.canvas } : {}),
  };
}

function detectOptions({ scoreThreshold, maxDetections }: PredictOptions): {
  scoreThreshold?: number;
  maxDetections?: number;
} {
  return {
    ...(scoreThreshold === undefined ? {} : { scoreThreshold }),
    ...(maxDetections === undefined ? {} : { maxDetections }),
  };
}

function toCoco(found: Detections, view: View, image: ImageRecord, categories: readonly Category[]): CocoDetection[] {
  const boxes = mapBoxes(found.boxes, invertMap(view.geometry));
  return Array.from(found.scores, (score, i): CocoDetection => {
    const [x1, y1, x2, y2] = boxes.subarray(4 * i, 4 * i + 4) as unknown as [number, number, number, number];
    return {
      image_id: image.id,
      category_id: categories[found.labels[i]!]!.id,
      bbox: [x1, y1, x2 - x1, y2 - y1],
      score,
    };
  });
}
