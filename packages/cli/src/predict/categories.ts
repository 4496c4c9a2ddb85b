/** What the outputs of a file of weights mean. */
import type { Category } from '@sed/datasets-coco';
import { UsageError } from '../errors.ts';
import { COCO_NAMES } from './coco-names.ts';

/** COCO's highest category id. */
const COCO_IDS = 90;

export interface Outputs {
  /** How many classes the weights score. */
  readonly classes: number;
  /**
   * Category id of the first output where outputs are numbered by id, as torchvision's are: 0 for a RetinaNet, whose
   * first output is never used, 1 for a Faster R-CNN, whose first is background and not a class here.
   */
  readonly firstId: 0 | 1;
}

/**
 * `--classes`, the categories of `--annotations` (in order, or by id as torchvision has it), COCO's, or numbers. Names
 * are matched with those of the annotations afterwards.
 */
export function categoriesFor(
  { classes, firstId }: Outputs,
  { names, categories }: { readonly names?: readonly string[]; readonly categories?: readonly Category[] },
): Category[] {
  const last = classes - 1 + firstId;
  if (names !== undefined) {
    if (names.length !== classes)
      throw new UsageError(`--classes has ${names.length} names, the weights have ${classes} outputs.`);
    return names.map((name, i) => ({ id: i + 1, name }));
  }
  if (categories !== undefined && categories.length === classes) return [...categories];
  // COCO's own, whatever the annotations number: they are matched by name
  if (last === COCO_IDS) return numbered(classes, firstId, COCO_NAMES);
  if (categories !== undefined) {
    if (last !== Math.max(...categories.map((c) => c.id))) {
      throw new UsageError(
        `The weights have ${classes} outputs and --annotations has ${categories.length} categories: name the outputs with --classes.`,
      );
    }
    const nameOf = new Map(categories.map((c) => [c.id, c.name]));
    return numbered(classes, firstId, nameOf);
  }
  return numbered(classes, 1, new Map());
}

function numbered(classes: number, firstId: number, nameOf: ReadonlyMap<number, string>): Category[] {
  return Array.from({ length: classes }, (_, i) => {
    const id = i + firstId;
    return { id, name: nameOf.get(id) ?? `class ${id}` };
  });
}
