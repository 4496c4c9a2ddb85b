/**
 * Options of public functions, as somebody without types may pass them: each error names the option, what was found and
 * what is valid.
 */
import { nearestName } from './nearest.ts';

const MOST_KEYS = 5;

/** A value as a message shows it. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 40 ? `${value.slice(0, 40)}…` : value}'`;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  const name = (Object.getPrototypeOf(value) as object | null)?.constructor?.name;
  if (name !== undefined && name !== 'Object') return `a ${name}`;
  const keys = Object.keys(value);
  return `{ ${keys.slice(0, MOST_KEYS).join(', ')}${keys.length > MOST_KEYS ? ', …' : ''} }`;
}

const listed = (names: readonly string[], last: 'and' | 'or'): string => {
  const quoted = names.map((name) => `'${name}'`);
  return quoted.length < 2 ? quoted.join() : `${quoted.slice(0, -1).join(', ')} ${last} ${quoted.at(-1)}`;
};

/**
 * Refuses what is no object of options, and a field that is none of `names`.
 * @param caller the function that was called, which the error begins with
 * @param path what the object is called there: `options`, `options.weighting`
 * @throws Error that names the field, the nearest valid one and all of them
 */
export function checkNames(caller: string, path: string, options: unknown, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new Error(
      `${caller}: ${path} is ${shown(options)}; it must be an object that may have ${listed(names, 'and')}.`,
    );
  }
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue;
    throw new Error(
      `${caller}: ${path}.${name} is not an option; did you mean '${nearestName(name, names)}'? There may be ${listed(names, 'and')}.`,
    );
  }
}

/**
 * Refuses a value that is none of `choices`. @throws Error that names the option, the value, the nearest choice and all
 * of them
 */
export function checkChoice<T extends string>(
  caller: string,
  path: string,
  value: unknown,
  choices: readonly T[],
): asserts value is T {
  if ((choices as readonly unknown[]).includes(value)) return;
  const near = typeof value === 'string' ? `; did you mean '${nearestName(value, choices)}'?` : '.';
  throw new Error(`${caller}: ${path} is ${shown(value)}${near} It must be ${listed(choices, 'or')}.`);
}

/**
 * Refuses what is no finite number, or one out of range.
 * @param wanted the range in words, after "it must be"
 * @throws Error that names the option and the value
 */
export function checkNumber(
  caller: string,
  path: string,
  value: unknown,
  inRange: (value: number) => boolean,
  wanted: string,
): asserts value is number {
  if (typeof value === 'number' && Number.isFinite(value) && inRange(value)) return;
  throw new Error(`${caller}: ${path} is ${shown(value)}; it must be ${wanted}.`);
}
