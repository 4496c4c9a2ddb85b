import type { Json } from './run-folder.ts';

/** A setting and its value in each run; undefined where the run has no such setting. */
export interface Difference {
  readonly path: string;
  readonly values: readonly (string | undefined)[];
}

/** The settings that are not the same in all runs, in the order of the config. */
export function configDifferences(runs: readonly { readonly config: Json }[]): Difference[] {
  const flat = runs.map((run) => flatten(run.config));
  const paths = [...new Set(flat.flatMap((f) => [...f.keys()]))];
  return paths
    .map((path) => ({ path, values: flat.map((f) => f.get(path)) }))
    .filter(({ values }) => new Set(values).size > 1);
}

/** `a.b.c` to JSON text. Arrays are values: `[0.8, 1]` is one setting. */
function flatten(value: Json, prefix = ''): Map<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return new Map([[prefix, JSON.stringify(value)]]);
  const out = new Map<string, string>();
  for (const [key, v] of Object.entries(value)) {
    for (const [path, text] of flatten(v, prefix === '' ? key : `${prefix}.${key}`)) out.set(path, text);
  }
  return out;
}
