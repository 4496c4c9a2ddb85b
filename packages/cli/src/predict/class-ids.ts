/** From the classes of a model to the category ids of an annotations file, by name. */
import type { Category, CocoDetection, Dataset } from '@sed/datasets-coco';
import { matchNames, quote } from '@sed/datasets-coco/check';

export interface ClassIds {
  /** The model's classes in their order, with the ids of the file. */
  readonly categories: Category[];
  /** Takes out the detections of classes that the file does not have: they have no id there. */
  readonly keep: (detections: readonly CocoDetection[]) => CocoDetection[];
  /** What the user should know of classes that one of the two lacks, in sentences. */
  readonly remarks: string[];
}

/** What outputs of weights are called that nobody has named: they are left out without a word. */
const UNNAMED = /^class \d+$/;

const HOW = "say what the annotations call differently: --rename-classes 'their name=the model's name', commas between";

/**
 * @param classes the model's, by index
 * @param renamed what the file calls differently: its name, the model's name
 * @throws Error that shows both lists where no name is in both, and the pairs where names differ in writing alone
 */
export function idsByName(
  classes: readonly Category[],
  { categories, source }: Pick<Dataset, 'categories' | 'source'>,
  renamed: Readonly<Record<string, string>> = {},
): ClassIds {
  const names = categories.map(({ name }) => (Object.hasOwn(renamed, name) ? renamed[name]! : name));
  const { places, onlyFirst, onlySecond, alike, near } = matchNames(
    classes.map(({ name }) => name),
    names,
  );
  const nowhere = Object.keys(renamed).find((name) => !categories.some((c) => c.name === name));
  if (nowhere !== undefined)
    throw new Error(`--rename-classes: ${source} has no class '${nowhere}'; it has ${quote(names, 8)}.`);
  if (onlyFirst.length === classes.length) {
    throw new Error(
      `No class of the model is in ${source}: the model has ${quote(onlyFirst, 8)}, the file ${quote(names, 8)}.\n→ if they are the same classes: ${HOW}; or leave out --annotations.`,
    );
  }
  if (alike.length > 0) {
    const pairs = alike.map(([model, file]) => `'${file}' may be the model's '${model}'`);
    throw new Error(
      `The classes of ${source} are written differently from the model's: ${pairs.join(', ')}.\n→ ${HOW}.`,
    );
  }
  const remarks = near.map(
    ([model, file]) =>
      `The model's '${model}' and '${file}' of ${source} are taken for two classes. If they are one: ${HOW}.`,
  );
  const absent = onlyFirst.filter((name) => !UNNAMED.test(name));
  if (absent.length > 0)
    remarks.push(`${source} has no class ${quote(absent, 8)}, which the model has: such detections are left out.`);
  if (onlySecond.length > 0) {
    remarks.push(
      `The model has no class ${quote(onlySecond, 8)} of ${source}: an evaluation on that file counts such objects as missed.`,
    );
  }
  // ids that are not in the file, so that what is left out can be told from what stays
  const free = Math.max(0, ...categories.map(({ id }) => id)) + 1;
  const ids = places.map((place, i) => (place === undefined ? free + i : categories[place]!.id));
  const known = new Set(ids.filter((_, i) => places[i] !== undefined));
  return {
    categories: classes.map(({ name }, i) => ({ id: ids[i]!, name })),
    keep: (detections) => detections.filter(({ category_id }) => known.has(category_id)),
    remarks,
  };
}
