/** Besides COCO's and VOC's metrics: score thresholds, pseudo-labels, and what a reader of metrics should know. */
export { COCO_AREAS, COCO_IOU_THRESHOLDS } from './evaluate-coco.ts';
export { bestF1, type BestF1, type BestF1Scores } from './best-f1.ts';
export { evaluationRemarks } from './evaluation-remarks.ts';
export {
  recallPrecisionAt,
  recallPrecisionCounts,
  recallPrecisionOf,
  type RecallPrecision,
  type RecallPrecisionCounts,
} from './recall-precision-at.ts';
