/** Detections on image files, in the pixels of the files. */
import { invertMap, mapBoxes, resizeMap, type AffineMap } from '@sed/geometry';
import { testView, type RgbImage, type View } from '@sed/augment';
import { decodeImage, type Category, type CocoDetection, type ImageRecord } from '@sed/datasets-coco';
import { prefetch } from '@sed/datasets-coco/image';
import {
  disposeTensors,
  imageBatch,
  torchvisionBatch,
  torchvisionSize,
  type Detections,
  type Detector,
  type ImageBatch,
  type ImageBatchOptions,
  type Parameters,
} from '@sed/detectors';
import type { RunConfig } from '../config/schema.ts';
import { canvasFor } from './canvas.ts';

export interface PredictOptions {
  /** Sizes and normalization: those of training. */
  readonly input: RunConfig['input'];
  /**
   * How an image becomes a tensor: as the views of training do (default), or as torchvision's detectors make it ready,
   * for its very detections; that takes `short-edge` sizes.
   */
  readonly transform?: 'view' | 'torchvision';
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
 * Detects on images at the size of testing, batch by batch, in the order of `images`. Images may be of any shape: those
 * that do not fit `input.canvas` are padded to another one, see `canvasFor`.
 * @returns COCO results: boxes `x y w h` in pixels of the image files, the best first within an image
 * @throws the signal's reason where it aborts
 */
export async function predictImages<F extends object>(
  detector: Detector<F>,
  parameters: Parameters,
  images: readonly ImageRecord[],
  options: PredictOptions,
): Promise<CocoDetection[]> {
  const { categories, batch = 8, signal, onProgress } = options;
  const { make, toBatch, shapeOf } = preparation(options, detector);
  const results: CocoDetection[] = [];
  const chunks = Array.from({ length: Math.ceil(images.length / batch) }, (_, i) =>
    images.slice(i * batch, (i + 1) * batch),
  );
  const loadOne = async (image: ImageRecord): Promise<{ image: ImageRecord; view: Prepared } | undefined> => {
    try {
      return { image, view: make(await decodeImage(image.path)) };
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
    const found = new Map<ImageRecord, Detections>();
    for (const group of groupBy(loaded, ({ view }) => shapeOf(view))) {
      const tensors = toBatch(group.map(({ view }) => view));
      const detected = await detectOn(detector, parameters, tensors, options).finally(() => disposeTensors(tensors));
      group.forEach(({ image }, i) => found.set(image, detected[i]!));
    }
    chunkIndex++;
    for (const { image, view } of loaded) results.push(...toCoco(found.get(image)!, view, image, categories));
    onProgress?.(Math.min(chunkIndex * batch, images.length), images.length);
    await new Promise(setImmediate); // lets signals and the decoder's results in
  }
  return results;
}

/** Frees all but the batch. Not in a scope: another call may be waiting for its predictions at the same time. */
async function detectOn<F extends object>(
  detector: Detector<F>,
  parameters: Parameters,
  batch: ImageBatch,
  options: PredictOptions,
): Promise<Detections[]> {
  const forward = detector.forward(parameters, batch);
  try {
    return await detector.detect(forward, batch, detectOptions(options));
  } finally {
    disposeTensors(forward);
  }
}

/** An image on its way into a batch, and how its pixels land there. */
type Prepared = RgbImage & Pick<View, 'geometry'>;

interface Preparation {
  readonly make: (image: RgbImage) => Prepared;
  readonly toBatch: (images: readonly Prepared[]) => ImageBatch;
  /** Images of one shape go into one batch. */
  readonly shapeOf: (image: Prepared) => string;
}

function preparation(
  { input, transform = 'view' }: PredictOptions,
  detector: Pick<Detector, 'sizeMultiple'>,
): Preparation {
  if (transform === 'view') {
    const settings = { resize: input.resize, antialias: input.antialias };
    return {
      make: (image) => testView(image, settings),
      toBatch: (images) => imageBatch(images, batchingFor(images, input, detector, 0)),
      shapeOf: (image) => {
        const canvas = canvasFor([image], input, detector.sizeMultiple);
        return canvas === undefined ? '' : `${canvas.width}x${canvas.height}`;
      },
    };
  }
  const { resize, mean, std } = input;
  if (resize.kind !== 'short-edge') {
    throw new Error(`predictImages: transform 'torchvision' takes input.resize 'short-edge', not '${resize.kind}'.`);
  }
  const size = resize.test ?? { short: resize.short[1], long: resize.long };
  return {
    make: (image) => {
      const { width, height } = torchvisionSize(image, size);
      const geometry: AffineMap = resizeMap([image.width, image.height], [width, height], false);
      return { ...image, geometry };
    },
    toBatch: (images) => torchvisionBatch(images, { ...size, multiple: detector.sizeMultiple, mean, std }),
    shapeOf: () => '',
  };
}

/** In the order in which the keys first appear. */
function groupBy<T>(items: readonly T[], key: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const own = groups.get(key(item));
    if (own === undefined) groups.set(key(item), [item]);
    else own.push(item);
  }
  return [...groups.values()];
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

/** {@link batchingOf} for views that need not fit the run's canvas: then another is taken, see `canvasFor`. */
export function batchingFor(
  views: readonly { readonly width: number; readonly height: number }[],
  input: RunConfig['input'],
  detector: Pick<Detector, 'sizeMultiple'>,
  maxShift: number,
): ImageBatchOptions {
  const batching = batchingOf(input, detector, maxShift);
  const canvas = canvasFor(views, input, batching.multiple);
  return canvas === undefined ? batching : { ...batching, canvas };
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

function toCoco(
  found: Detections,
  view: Prepared,
  image: ImageRecord,
  categories: readonly Category[],
): CocoDetection[] {
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
