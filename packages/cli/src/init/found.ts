/** What looking at a path has found: labels, as a config names them. */

/** A source of a config's data, with absolute paths. */
export type LabelSource =
  | { readonly annotations: string | readonly string[]; readonly images: string }
  | { readonly voc: string; readonly sets?: readonly string[] }
  | { readonly yolo: string; readonly set: 'train' | 'val' | 'test' };

export interface FoundLabels {
  readonly format: 'COCO' | 'VOC' | 'YOLO';
  readonly labeled: readonly LabelSource[];
  /** Empty where the data has no part for it. */
  readonly validation: readonly LabelSource[];
  /** What is there and not used, in words: `test/_annotations.coco.json`. */
  readonly passedOver: readonly string[];
}

/** Names of parts that are measured on, and of those that are kept for the end. */
const VALIDATION = /(?:^|[^a-z])(?:val|valid|validation|dev)(?:[^a-z]|$)/i;
const TEST = /(?:^|[^a-z])test(?:[^a-z]|$)/i;

/** What a part of a data set is for, by its name. */
export function purposeOf(name: string): 'labeled' | 'validation' | 'test' {
  if (TEST.test(name)) return 'test';
  return VALIDATION.test(name) ? 'validation' : 'labeled';
}

/** The parts by their purpose. Where no name speaks of training, all but the validation part are for it. */
export function byPurpose<T>(
  parts: readonly T[],
  nameOf: (part: T) => string,
): { readonly labeled: T[]; readonly validation: T[]; readonly test: T[] } {
  const of = (purpose: string) => parts.filter((part) => purposeOf(nameOf(part)) === purpose);
  const [labeled, validation, test] = [of('labeled'), of('validation'), of('test')];
  // a folder of a validation or a test set alone is what the user has
  if (labeled.length > 0) return { labeled, validation, test };
  return validation.length > 0
    ? { labeled: validation, validation: [], test }
    : { labeled: test, validation: [], test: [] };
}
