/** What is wrong with a config, said in sentences: the path, the value that was found, and the nearest valid name. */
import type { ErrorObject } from 'ajv';
import { closest, distance } from 'fastest-levenshtein';
import type { JsonSchema } from './concretize.ts';

/** How much of what is wrong is said; a file may have a name, or a list, of any length. */
const MOST = { problems: 40, characters: 2000 };

function bounded(problems: readonly string[]): string[] {
  const shown = problems
    .slice(0, MOST.problems)
    .map((p) => (p.length > MOST.characters ? `${p.slice(0, MOST.characters - 1)}…` : p));
  const rest = problems.length - shown.length;
  return rest > 0 ? [...shown, `and ${rest} more problems`] : shown;
}

/** Thrown with everything that is wrong at once. `problems` has one sentence each, without the file name. */
export class ConfigError extends Error {
  readonly source: string;
  readonly problems: readonly string[];

  constructor(source: string, problems: readonly string[]) {
    super(
      bounded(problems)
        .map((p) => `${source}: ${p}`)
        .join('\n'),
    );
    this.name = 'ConfigError';
    this.source = source;
    this.problems = problems;
  }
}

/** One sentence for one error of ajv. */
export function describe(error: ErrorObject, root: JsonSchema, value: unknown): string {
  const keys = error.instancePath
    .split('/')
    .slice(1)
    .map((k) => k.replaceAll('~1', '/').replaceAll('~0', '~'));
  const at = keys.join('.') || 'the config';
  const found = follow(value, keys);
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'additionalProperties': {
      const name = String(params['additionalProperty']);
      const names = Object.keys(schemaAt(root, keys)?.properties ?? {});
      const full = [...keys, name].join('.');
      return `"${full}" is not a setting (its value here is ${show(follow(found, [name]))})${suggestion(name, names)}`;
    }
    case 'required':
      return `"${[...keys, String(params['missingProperty'])].join('.')}" is missing`;
    case 'enum': {
      const allowed = params['allowedValues'] as unknown[];
      return `"${at}" is ${show(found)}; it must be one of ${allowed.map(show).join(', ')}${suggestion(String(found), allowed.map(String))}`;
    }
    case 'const':
      return `"${at}" is ${show(found)}; it must be ${show(params['allowedValue'])}`;
    case 'type': {
      const type = Array.isArray(params['type']) ? params['type'].join(' or ') : String(params['type']);
      return `"${at}" is ${show(found)}; it must be ${/^[aio]/.test(type) ? 'an' : 'a'} ${type}`;
    }
    default:
      return `"${at}" is ${show(found)}; it ${error.message ?? 'is not valid'}`;
  }
}

/** How deep a config is nested at most; the schema goes to 6. */
const DEEPEST = 32;

/** Whether objects and lists are nested deeper than a config can be; without recursion, as that is what would fail. */
export function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= DEEPEST; depth++) {
    level = level.flatMap((v) => (typeof v === 'object' && v !== null ? (Object.values(v) as unknown[]) : []));
    if (level.length === 0) return false;
  }
  return true;
}

export const TOO_DEEP = `the config is nested deeper than ${DEEPEST} levels`;

/** `; did you mean "x"?`, or the list of names where none is near. */
export function suggestion(name: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const nearest = closest(name, names);
  const near = distance(name.toLowerCase(), nearest.toLowerCase()) <= Math.max(2, Math.ceil(name.length / 2));
  return near ? `; did you mean "${nearest}"?` : `; the names here are ${names.join(', ')}`;
}

function schemaAt(schema: JsonSchema, keys: readonly string[]): JsonSchema | undefined {
  let at: JsonSchema | undefined = schema;
  for (const key of keys) {
    const items: JsonSchema | JsonSchema[] | undefined = at?.items;
    at = at?.properties?.[key] ?? (Array.isArray(items) ? items[Number(key)] : items);
  }
  return at;
}

function follow(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (v, k) => (typeof v === 'object' && v !== null ? (v as Record<string, unknown>)[k] : undefined),
    value,
  );
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
