/** The rows that come from running a model on images with known boxes. */
import {
  evaluateCoco,
  evaluateVoc,
  type CocoDetection,
  type Dataset,
  type ImageRecord,
  type VocProtocol,
} from '@sed/datasets-coco';
import { bestF1, recallPrecisionAt, type BestF1 } from '@sed/datasets-coco/metrics';
import type { Detector, Parameters } from '@sed/detectors';
import { randomStream } from '@sed/geometry';
import type { EvalRow, F1Row, PseudoRow } from '../metrics/rows.ts';
import { predictImages, type PredictOptions } from './predict.ts';

/** Score thresholds of the pseudo-label telemetry (the paper's Fig 2c). */
const PSEUDO_THRESHOLDS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

type Options = Omit<PredictOptions, 'categories'>;

/** COCO's metrics of one model on a data set, and VOC's mAP of the same detections. */
export async function evaluateModel<F extends object>(
  detector: Detector<F>,
  parameters: Parameters,
  dataset: Dataset,
  at: { step: number; model: string },
  options: Options,
): Promise<EvalRow> {
  const start = performance.now();
  const detections = await predictImages(detector, parameters, dataset.images, {
    ...options,
    categories: dataset.categories,
  });
  const { metrics, perClass } = evaluateCoco(dataset, detections);
  const voc = (protocol: VocProtocol) => evaluateVoc(dataset, detections, { protocol }).mAP;
  return {
    kind: 'eval',
    ...at,
    metrics,
    perClass: Object.fromEntries(perClass.map(({ name, AP }) => [name, AP])),
    voc: { voc07: voc('voc07'), voc10: voc('voc10') },
    bestF1: bestF1Row(dataset, detections),
    images: dataset.images.length,
    seconds: (performance.now() - start) / 1000,
  };
}

function bestF1Row(dataset: Dataset, detections: readonly CocoDetection[]): EvalRow['bestF1'] {
  const { all, perClass } = bestF1(dataset, detections);
  if (all === undefined) return null;
  const plain = ({ threshold, f1, precision, recall }: BestF1) => ({ threshold, f1, precision, recall });
  const classes = dataset.categories.map(({ name }, k) => [name, perClass[k] ? plain(perClass[k]) : null]);
  return { ...plain(all), perClass: Object.fromEntries(classes) as Record<string, F1Row | null> };
}

/**
 * Precision and recall of a teacher's detections on unlabeled images whose labels are known. The images are the same
 * all run; of those that cannot be read, which training passes over as well, neither detections nor objects count.
 */
export async function pseudoLabelQuality<F extends object>(
  detector: Detector<F>,
  teacher: Parameters,
  hidden: Dataset,
  at: { step: number; seed: number; images: number },
  options: Options,
): Promise<PseudoRow> {
  const order = randomStream(at.seed, 'pseudo-label-images').permutation(hidden.images.length);
  const chosen = [...order.subarray(0, at.images)].sort((a, b) => a - b).map((i) => hidden.images[i]!);
  const unreadable = new Set<ImageRecord>();
  const detections = await predictImages(detector, teacher, chosen, {
    ...options,
    categories: hidden.categories,
    onUnreadable: (image) => unreadable.add(image),
  });
  const read = chosen.filter((image) => !unreadable.has(image));
  const dataset: Dataset = { ...hidden, images: read };
  const curve = (iou: number) => recallPrecisionAt(dataset, detections, { iou, scoreThresholds: PSEUDO_THRESHOLDS });
  const half = curve(0.5);
  const tight = curve(0.9);
  return {
    kind: 'pseudo',
    step: at.step,
    thresholds: [...PSEUDO_THRESHOLDS],
    precision50: half.map((p) => p.precision),
    recall50: half.map((p) => p.recall),
    precision90: tight.map((p) => p.precision),
    recall90: tight.map((p) => p.recall),
    images: read.length,
  };
}
