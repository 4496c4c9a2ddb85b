import { readCoco } from '../coco/load-coco.ts';
import { evaluateCoco, type CocoEvaluation, type EvaluateOptions } from './evaluate-coco.ts';
import { loadDetections } from './load-detections.ts';

/**
 * {@link evaluateCoco} on an annotations file (or several) and a detections file. No image file is looked for, and
 * boxes are taken as they are, so that the numbers are pycocotools' on the same files.
 */
export async function evaluateFiles(
  annotations: string | readonly string[],
  detections: string,
  options: EvaluateOptions = {},
): Promise<CocoEvaluation> {
  const dataset = await readCoco({ annotations, images: '.', degenerate: 'keep' });
  return evaluateCoco(dataset, await loadDetections(detections, dataset), options);
}
