export type * from './types.ts';
export { jsonErrorPosition } from './coco/json-error.ts';
export { loadCoco, readCoco, type LoadCocoOptions, type LoadedDataset } from './coco/load-coco.ts';
export {
  Problems,
  DataError,
  NO_PROBLEMS,
  sentencesOf,
  type FaultPolicy,
  type LeftOut,
  type Problem,
  type ProblemKind,
  type ProblemSummary,
  type Skipped,
} from './problems.ts';
export type { BoxPolicy } from './coco/check-box.ts';
export { loadVoc, type LoadVocOptions } from './voc/load-voc.ts';
export { VOC_CLASSES } from './voc/classes.ts';
export { loadYolo, type LoadYoloOptions } from './yolo/load-yolo.ts';
export { openSource, type OpenSourceOptions, type OpenedSource } from './sources/open-source.ts';
export type { ClassSettings } from './sources/classes.ts';
export { quote } from './sources/names.ts';
export { matchNames, type NameMatch } from './sources/match-names.ts';
export { openFolder, type OpenedFolder } from './folder/open-folder.ts';
export { isImageName } from './folder/extensions.ts';
export { findUnused, unusedText } from './folder/find-unused.ts';
export { subset, withoutAnnotations } from './split/subset.ts';
export { splitByFraction, type Split } from './split/split-by-fraction.ts';
export { numpyPermutation, numpyChoice } from './split/mt19937.ts';
export { cocoStandardPositions, type CocoStandardOptions, type DrawnVariant } from './split/coco-standard.ts';
export { splitInFileOrder } from './split/split-in-file-order.ts';
export { stratifiedChoice } from './split/stratify.ts';
export { hashIds } from './split/ids-hash.ts';
export {
  planCocoStandard,
  COCO_STANDARD_VARIANTS,
  type CocoStandardPlanOptions,
  type CocoStandardVariant,
} from './split/plan-coco-standard.ts';
export { planAny, type AnyPlanOptions } from './split/plan-any.ts';
export { planCocoFull, planCoco35k, COCO_IMAGES } from './split/plan-fixed.ts';
export { planVoc, type VocPlan } from './split/plan-voc.ts';
export { writeSplit, type SplitPlan, type SplitPart } from './split/split-plan.ts';
export type { SplitIds, SplitProtocol, SplitRecord, SplitSet } from './split/split-record.ts';
export { classCounts, type ClassCounts } from './split/class-counts.ts';
export { verifySplit, type SplitVerification } from './split/verify-split.ts';
export type { RawCoco, RawAnnotation } from './split/raw-coco.ts';
export { checkClasses } from './split/check-classes.ts';
export { overlap, type Overlap } from './split/overlap.ts';
export type { PartRole } from './split/shared-images.ts';
export { decodeImage, imageSize, type DecodedImage, type ImageSize } from './image/decode.ts';
export { configureDecoding } from './image/vips.ts';
export { checkSize, type StatedSize } from './image/check-size.ts';
export { MAX_PIXELS } from './image/limits.ts';
export { createImageCache, type ImageCache } from './image/image-cache.ts';
export { prefetch, type PrefetchOptions } from './image/prefetch.ts';
export { writeCoco } from './coco/write-coco.ts';
export { writeCocoSet } from './convert/write-coco-set.ts';
export { writeVoc } from './convert/write-voc.ts';
export { writeYolo } from './convert/write-yolo.ts';
export type { ImageFiles, WriteSetOptions, WrittenSet } from './convert/types.ts';
export {
  evaluateCoco,
  COCO_AREAS,
  COCO_IOU_THRESHOLDS,
  type EvaluateOptions,
  type CocoEvaluation,
  type ClassMetrics,
} from './metrics/evaluate-coco.ts';
export {
  evaluateVoc,
  type VocOptions,
  type VocProtocol,
  type VocEvaluation,
  type VocClassMetrics,
} from './metrics/evaluate-voc.ts';
export { evaluateFiles } from './metrics/evaluate-files.ts';
export { bestF1, type BestF1, type BestF1Scores } from './metrics/best-f1.ts';
export { evaluationRemarks } from './metrics/evaluation-remarks.ts';
export { loadDetections } from './metrics/load-detections.ts';
export {
  recallPrecisionAt,
  recallPrecisionCounts,
  recallPrecisionOf,
  type RecallPrecision,
  type RecallPrecisionCounts,
} from './metrics/recall-precision-at.ts';
export * from './synth/index.ts';
export * from './stats/index.ts';
export { verifyImage, type ImageCheck, type VerifiedImage } from './image/verify-image.ts';
export { noteTraps } from './check/measured.ts';
export { checkData } from './check/check-data.ts';
export { readImageFiles, type ReadImageFilesOptions } from './check/read-image-files.ts';
export type { CheckDataOptions, CheckPart, DataReport, PartReport, ReadImage } from './check/types.ts';
