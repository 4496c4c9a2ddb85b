/** The protocols of papers, their records and the draws that they are made of. */
export { subset, withoutAnnotations } from './subset.ts';
export { numpyPermutation, numpyChoice } from './mt19937.ts';
export { cocoStandardPositions, type CocoStandardOptions, type DrawnVariant } from './coco-standard.ts';
export { splitInFileOrder } from './split-in-file-order.ts';
export { stratifiedChoice } from './stratify.ts';
export { hashIds } from './ids-hash.ts';
export {
  planCocoStandard,
  COCO_STANDARD_VARIANTS,
  type CocoStandardPlanOptions,
  type CocoStandardVariant,
} from './plan-coco-standard.ts';
export { planAny, type AnyPlanOptions } from './plan-any.ts';
export { planCocoFull, planCoco35k, COCO_IMAGES } from './plan-fixed.ts';
export { planVoc, type VocPlan } from './plan-voc.ts';
export { writeSplit, type SplitPlan, type SplitPart } from './split-plan.ts';
export type { SplitIds, SplitProtocol, SplitRecord, SplitSet } from './split-record.ts';
export { classCounts, type ClassCounts } from './class-counts.ts';
export { verifySplit, type SplitVerification } from './verify-split.ts';
