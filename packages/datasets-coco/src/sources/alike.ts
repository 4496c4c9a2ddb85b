import type { Problems } from '../problems.ts';
import type { Dataset } from '../types.ts';
import { difference, sameButForForm } from './names.ts';

/**
 * Notes classes whose names differ in case, blanks or Unicode form alone: a slip of a labeler makes two classes of one,
 * each with a part of its objects.
 *
 * @param isKnown pairs that are noted elsewhere
 */
export function noteAlike(
  file: string,
  names: readonly string[],
  images: Pick<Dataset, 'images'>['images'],
  notes: Problems,
  isKnown: (a: string, b: string) => boolean = () => false,
): void {
  const groups = new Map<string, number[]>();
  names.forEach((name, i) => {
    const key = sameButForForm(name);
    groups.set(key, [...(groups.get(key) ?? []), i]);
  });
  const alike = [...groups.values()].filter((group) => group.length > 1);
  if (alike.length === 0) return;
  const boxes = names.map(() => 0);
  for (const { annotations } of images)
    for (const { category } of annotations) boxes[category] = (boxes[category] ?? 0) + 1;
  for (const [first, ...others] of alike as [number, ...number[]][]) {
    for (const other of others) {
      const [a, b] = [names[first] as string, names[other] as string];
      if (a === b || isKnown(a, b)) continue;
      notes.add({
        file,
        at: '',
        found: `'${a}' (${boxes[first]} boxes) and '${b}' (${boxes[other]} boxes) differ in ${difference(a, b)}`,
        kind: 'classes whose names are nearly the same',
        advice: 'they are two classes: if they should be one, mend the names, or make them one with renameClasses',
        skips: 'nothing',
      });
    }
  }
}
