import { beside, quote, simple } from '../sources/names.ts';
import type { Category, Dataset } from '../types.ts';

/**
 * Throws unless the labeled data sets have the same classes in the same order: a class is known by its index, so one
 * that is missing or moved would be trained or evaluated as another. Data sets without categories (plain folders) are
 * left out.
 *
 * @param datasets by the name that messages call them (`train`, `validation`).
 */
export function checkClasses(datasets: Readonly<Record<string, Dataset>>): void {
  const [first, ...others] = Object.entries(datasets).filter(([, dataset]) => dataset.categories.length > 0);
  if (first === undefined) return;
  const names = (categories: readonly Category[]) => categories.map(({ name }) => name);
  const [firstName, { source: firstSource, categories: firstCategories }] = first;
  const expected = names(firstCategories);
  for (const [name, { source, categories }] of others) {
    const found = names(categories);
    if (found.length === expected.length && found.every((value, i) => value === expected[i])) continue;
    const lines = [`The classes of ${name} (${source}) are not those of ${firstName} (${firstSource}):`];
    const onlyHere = found.filter((value) => !expected.includes(value));
    const onlyThere = expected.filter((value) => !found.includes(value));
    if (onlyHere.length > 0) lines.push(`  only in ${name}: ${quote(onlyHere)}`);
    if (onlyThere.length > 0) lines.push(`  only in ${firstName}: ${quote(onlyThere)}`);
    const alike = onlyHere.flatMap((here) => {
      const there = onlyThere.find((value) => simple(value) === simple(here));
      return there === undefined ? [] : [beside(here, there, 'and')];
    });
    if (alike.length > 0) lines.push(`  spelled differently: ${alike.join(', ')}`);
    if (onlyHere.length === 0 && onlyThere.length === 0)
      lines.push(`  same names, other order: ${quote(found)} and ${quote(expected)}`);
    lines.push(
      "→ give both files the same 'categories', with the same ids and names; classes that one set lacks belong in it too.",
    );
    throw new Error(lines.join('\n'));
  }
}
