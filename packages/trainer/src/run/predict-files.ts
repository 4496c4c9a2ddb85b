/** What is in some pictures, by class name: prediction for whoever wants no more of a data set than its files. */
import { openFolder, type ImageRecord } from '@sed/datasets-coco';
import type { LoadedRun } from './load-run.ts';
import { predictImages, type PredictOptions } from './predict.ts';

/** An object that was found. */
export interface FoundObject {
  /** Its class. */
  readonly name: string;
  /** 0..1. */
  readonly score: number;
  /** `x y w h` in pixels of the image file. */
  readonly bbox: readonly [number, number, number, number];
}

export interface FoundInFile {
  /** Absolute path. */
  readonly path: string;
  /** The best first. */
  readonly objects: readonly FoundObject[];
  /** Why the file could not be read; it has no objects then. */
  readonly error?: string;
}

/**
 * Detects on image files with a run's model.
 * @param images folders, image files or globs, as `openFolder` takes them
 * @param options.scoreThreshold lowest score; default the detector's own, which metrics want and is lower than what
 *   people want to see
 * @returns one entry for each file, in the order of their paths
 * @throws Error where there is no image; the signal's reason where it aborts
 */
export async function predictFiles(
  run: Pick<LoadedRun, 'config' | 'detector' | 'parameters' | 'categories'>,
  images: string | readonly string[],
  options: Pick<PredictOptions, 'batch' | 'scoreThreshold' | 'maxDetections' | 'signal' | 'onProgress'> = {},
): Promise<FoundInFile[]> {
  const { images: files } = await openFolder({ images });
  const errors = new Map<ImageRecord, string>();
  const found = new Map<number, FoundObject[]>(files.map(({ id }) => [id, []]));
  const detections = await predictImages(run.detector, run.parameters, files, {
    ...options,
    input: run.config.input,
    categories: run.categories,
    onUnreadable: (image, error) => errors.set(image, error.message),
  });
  const nameOf = new Map(run.categories.map(({ id, name }) => [id, name]));
  for (const { image_id, category_id, score, bbox } of detections)
    found.get(image_id)!.push({ name: nameOf.get(category_id)!, score, bbox });
  return files.map((file): FoundInFile => {
    const error = errors.get(file);
    return { path: file.path, objects: found.get(file.id)!, ...(error === undefined ? {} : { error }) };
  });
}
