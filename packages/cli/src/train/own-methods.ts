import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { standardMethods, type AnyMethod } from '@sed/methods';
import { UsageError } from '../errors.ts';

/**
 * The methods that a config may name: the standard ones, and those that a JavaScript module of the user's exports.
 * @param file its absolute path
 * @throws UsageError where it cannot be loaded, exports no method, or one whose name is taken
 */
export async function methodsWith(file: string | undefined): Promise<readonly AnyMethod[]> {
  if (file === undefined) return standardMethods;
  if (!existsSync(file)) throw new UsageError(`--methods: ${file} does not exist.`);
  let exported: Record<string, unknown>;
  try {
    exported = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    throw new UsageError(`--methods: ${file} cannot be loaded: ${(error as Error).message}`);
  }
  const own = Object.values(exported).flat().filter(isMethod);
  if (own.length === 0) {
    const names = Object.keys(exported);
    throw new UsageError(
      `--methods: ${file} exports no method (${names.length === 0 ? 'it exports nothing' : `it exports ${names.join(', ')}`}). ` +
        'A method is an object with "kind", "schema", "networks", "views" and "parts": see the README of @sed/methods.',
    );
  }
  const taken = own.find(({ kind }) => standardMethods.some((method) => method.kind === kind));
  if (taken)
    throw new UsageError(`--methods: ${file} has a method "${taken.kind}", which is one of the standard ones.`);
  return [...standardMethods, ...new Set(own)];
}

function isMethod(value: unknown): value is AnyMethod {
  const { kind, schema, networks, views, parts } = (value ?? {}) as Record<string, unknown>;
  return (
    typeof kind === 'string' &&
    typeof schema === 'object' &&
    [networks, views, parts].every((member) => typeof member === 'function')
  );
}
