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
const TRAIN = /train/i;
const TEST = /(?:^|[^a-z])test(?:[^a-z]|$)/i;

/** What a part of a data set is for, by its name. */
function purposeOf(name: string): 'labeled' | 'validation' | 'test' {
  if (TEST.test(name)) return 'test';
  return VALIDATION.test(name) ? 'validation' : 'labeled';
}

/**
 * The parts by their purpose. Where names speak of training, the others (`tiny`, `all`) may be parts of it or of the
 * validation set, and are left alone; where no name does, all but the validation part are for it.
 */
export function byPurpose<T>(
  parts: readonly T[],
  nameOf: (part: T) => string,
): { readonly labeled: T[]; readonly validation: T[]; readonly rest: T[] } {
  const partsFor = (purpose: string) => parts.filter((part) => purposeOf(nameOf(part)) === purpose);
  const [others, validation, test] = [partsFor('labeled'), partsFor('validation'), partsFor('test')];
  const train = others.filter((part) => TRAIN.test(nameOf(part)));
  if (train.length > 0)
    return { labeled: train, validation, rest: [...others.filter((p) => !train.includes(p)), ...test] };
  if (others.length > 0) return { labeled: others, validation, rest: test };
  // a folder of a validation or a test set alone is what the user has
  return validation.length > 0
    ? { labeled: validation, validation: [], rest: test }
    : { labeled: test, validation: [], rest: [] };
}
