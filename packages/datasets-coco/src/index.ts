/**
 * Reading sets of images, writing and splitting them, checking them, decoding images, and metrics. What else the rooms
 * of this package have is behind `/check`, `/image`, `/json-error`, `/metrics`, `/split`, `/stats` and `/synth`.
 */
export type * from './types.ts';
export {
  DataError,
  type FaultPolicy,
  type LeftOut,
  type Problem,
  type ProblemKind,
  type ProblemSummary,
  type Skipped,
} from './problems.ts';

export { loadCoco, readCoco, type LoadCocoOptions, type LoadedDataset } from './coco/load-coco.ts';
export type { BoxPolicy } from './coco/check-box.ts';
export { loadVoc, type LoadVocOptions } from './voc/load-voc.ts';
export { VOC_CLASSES } from './voc/classes.ts';
export { loadYolo, type LoadYoloOptions } from './yolo/load-yolo.ts';
export { openFolder, type OpenedFolder } from './folder/open-folder.ts';
export { openSource, type OpenSourceOptions, type OpenedSource } from './sources/open-source.ts';
export { ClassesError, type ClassSettings } from './sources/classes.ts';

export { writeCoco } from './coco/write-coco.ts';
export { writeCocoSet } from './convert/write-coco-set.ts';
export { writeVoc } from './convert/write-voc.ts';
export { writeYolo } from './convert/write-yolo.ts';
export type { ImageFiles, WriteSetOptions, WrittenSet } from './convert/types.ts';

export { splitByFraction, type Split } from './split/split-by-fraction.ts';

export { checkData } from './check/check-data.ts';
export type { CheckDataOptions, CheckPart, DataReport, PartReport } from './check/types.ts';

export { decodeImage } from './image/decode.ts';
export type { DecodedImage } from './image/decoded-image.ts';

export { evaluateCoco, type EvaluateOptions, type CocoEvaluation, type ClassMetrics } from './metrics/evaluate-coco.ts';
export {
  evaluateVoc,
  type VocOptions,
  type VocProtocol,
  type VocEvaluation,
  type VocClassMetrics,
} from './metrics/evaluate-voc.ts';
export { evaluateFiles } from './metrics/evaluate-files.ts';
export { loadDetections } from './metrics/load-detections.ts';
