/** How good the pseudo-labels are that a score threshold would take (the paper's Fig 2c). */
import type { Dataset, ImageRecord } from '@sed/datasets-coco';
import {
  recallPrecisionCounts,
  recallPrecisionOf,
  type RecallPrecision,
  type RecallPrecisionCounts,
} from '@sed/datasets-coco/metrics';
import type { Detector, Parameters } from '@sed/detectors';
import { predictImages, type PredictOptions } from '../run/predict.ts';

/** Thresholds of the curves, 0.05 to 0.95. */
export const CURVE_THRESHOLDS: readonly number[] = Array.from({ length: 19 }, (_, i) => (i + 1) / 20);
/** IoUs from which a pseudo-label is right, as in Fig 2c. */
const CURVE_IOUS: readonly number[] = [0.5, 0.9];

/** By threshold. -1 where undefined: precision where nothing is taken, recall where there is no object. */
export interface QualityCurve {
  readonly iou: number;
  readonly precision: readonly number[];
  readonly recall: readonly number[];
  /** Of the detections taken, those that are right. */
  readonly truePositives: readonly number[];
}

export interface QualityCurves {
  readonly objects: number;
  /** Detections taken, by threshold (those on crowds not counted, so by IoU .5). */
  readonly predictions: readonly number[];
  readonly curves: readonly QualityCurve[];
}

export interface PseudoLabelCurves extends QualityCurves {
  /** Images that were read. */
  readonly images: number;
  readonly thresholds: readonly number[];
  readonly classes: readonly (QualityCurves & { readonly name: string })[];
}

/** Images whose detections are held at a time. */
const CHUNK = 256;

/**
 * Precision and recall of a model's detections, as pseudo-labels, from each score on: at the size of testing, after NMS
 * and the detector's bound on the detections of an image, matched as COCO matches.
 * @param dataset images with their labels; categories by class index
 * @throws the signal's reason where it aborts; Error where no image has a box
 */
export async function pseudoLabelCurves<F extends object>(
  detector: Detector<F>,
  parameters: Parameters,
  dataset: Dataset,
  options: Omit<PredictOptions, 'categories' | 'scoreThreshold' | 'maxDetections'>,
): Promise<PseudoLabelCurves> {
  const { images, categories } = dataset;
  if (images.every(({ annotations }) => annotations.length === 0)) {
    throw new Error(`${dataset.source} has no box in ${images.length} images: nothing can be right or missed.`);
  }
  const sums = CURVE_IOUS.map(() => categories.map(emptyCounts));
  let read = 0;
  for (let from = 0; from < images.length; from += CHUNK) {
    const unreadable = new Set<ImageRecord>();
    const chunk = images.slice(from, from + CHUNK);
    const detections = await predictImages(detector, parameters, chunk, {
      ...options,
      categories,
      scoreThreshold: CURVE_THRESHOLDS[0]!,
      ...(options.onUnreadable
        ? {
            onUnreadable: (image: ImageRecord, error: Error) => (
              unreadable.add(image),
              options.onUnreadable!(image, error)
            ),
          }
        : {}),
      onProgress: (done) => options.onProgress?.(from + done, images.length),
    });
    const part: Dataset = { ...dataset, images: chunk.filter((image) => !unreadable.has(image)) };
    read += part.images.length;
    CURVE_IOUS.forEach((iou, i) =>
      recallPrecisionCounts(part, detections, { iou, scoreThresholds: CURVE_THRESHOLDS }).forEach((counts, k) => {
        sums[i]![k] = plus(sums[i]![k]!, counts);
      }),
    );
  }
  const classes = categories.map(({ name }, k) => ({ name, ...curvesOf(sums.map((of) => of[k]!)) }));
  const all = curvesOf(sums.map((of) => of.reduce(plus, emptyCounts())));
  return { images: read, thresholds: CURVE_THRESHOLDS, ...all, classes };
}

const emptyCounts = (): RecallPrecisionCounts => {
  const zeros = CURVE_THRESHOLDS.map(() => 0);
  return { objects: 0, predictions: zeros, truePositives: zeros };
};

function plus(a: RecallPrecisionCounts, b: RecallPrecisionCounts): RecallPrecisionCounts {
  const add = (x: readonly number[], y: readonly number[]) => x.map((v, i) => v + y[i]!);
  return {
    objects: a.objects + b.objects,
    predictions: add(a.predictions, b.predictions),
    truePositives: add(a.truePositives, b.truePositives),
  };
}

/** @param counts by IoU */
function curvesOf(counts: readonly RecallPrecisionCounts[]): QualityCurves {
  const at = ({ objects, predictions, truePositives }: RecallPrecisionCounts): RecallPrecision[] =>
    CURVE_THRESHOLDS.map((threshold, s) =>
      recallPrecisionOf(threshold, { objects, predictions: predictions[s]!, truePositives: truePositives[s]! }),
    );
  const curves = counts.map((of, i): QualityCurve => {
    const rows = at(of);
    return {
      iou: CURVE_IOUS[i]!,
      precision: rows.map((r) => r.precision),
      recall: rows.map((r) => r.recall),
      truePositives: of.truePositives,
    };
  });
  return { objects: counts[0]!.objects, predictions: counts[0]!.predictions, curves };
}
