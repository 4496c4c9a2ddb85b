import type { CocoDetection, ImageRecord } from '@sed/datasets-coco';
import { predictImages, predictScales, type PredictOptions, type ScaleDetections } from '@sed/trainer';
import type { LoadedModel } from './weights-model.ts';

export interface DetectChoices extends Pick<
  PredictOptions,
  'scoreThreshold' | 'maxDetections' | 'signal' | 'onUnreadable' | 'batch'
> {
  /** Short edges in pixels; without them one size, the model's. */
  readonly scales?: readonly number[];
  readonly onProgress?: (done: number, images: number, scale?: number) => void;
}

export interface Detected {
  /** Merged, where there are scales. */
  readonly detections: CocoDetection[];
  readonly perScale: readonly ScaleDetections[];
}

/** Detects at the model's size, or at several and merges. */
export async function detect(
  model: LoadedModel,
  images: readonly ImageRecord[],
  { scales, onProgress, ...choices }: DetectChoices,
): Promise<Detected> {
  const options = {
    ...choices,
    input: model.input,
    categories: model.categories,
    ...(model.transform === undefined ? {} : { transform: model.transform }),
    ...(model.batch === undefined ? {} : { batch: model.batch }),
    ...(onProgress ? { onProgress } : {}),
  };
  if (scales === undefined) {
    return { detections: await predictImages(model.detector, model.parameters, images, options), perScale: [] };
  }
  const { merged, perScale } = await predictScales(model.detector, model.parameters, images, { ...options, scales });
  return { detections: merged, perScale };
}
