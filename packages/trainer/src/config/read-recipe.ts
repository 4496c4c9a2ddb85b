import { readFileSync } from 'node:fs';

/** The recipes of this package that others are made from. */
export type RecipeName = 'bccd-10-sed' | 'bccd-10-supervised';

/** A recipe as it is in `recipes/`: a complete config, its paths relative to that folder. */
export function readRecipe(name: RecipeName): Record<string, unknown> {
  const file = new URL(`../../recipes/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
}
