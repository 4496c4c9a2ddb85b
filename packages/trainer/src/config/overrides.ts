/** `a.b=value` assignments on a JSON value. */
import { ConfigError, isTooDeep, TOO_DEEP } from './problems.ts';

/** The `source` of a {@link ConfigError} that comes from assignments. */
export const OVERRIDES = 'overrides';

/**
 * A copy of `json` with the assignments made, in order. Objects on the way are created; a number steps into a list, or
 * adds to its end. What is no object stays as it is.
 */
export function setByPath(json: unknown, assignments: readonly string[]): unknown {
  const root = structuredClone(json);
  if (typeof root !== 'object' || root === null) return root;
  for (const assignment of assignments) {
    const equals = assignment.indexOf('=');
    if (equals < 1) throw new ConfigError(OVERRIDES, [`"${assignment}" is not of the form name.name=value`]);
    const keys = assignment.slice(0, equals).trim().split('.');
    const bad = keys.find((k) => k === '' || k === '__proto__' || k === 'constructor' || k === 'prototype');
    if (bad !== undefined) throw new ConfigError(OVERRIDES, [`"${assignment}" has the name "${bad}" in its path`]);
    let at = root as Record<string, unknown>;
    for (const [i, key] of keys.entries()) {
      // a number far beyond the end would make a list of as many holes
      if (Array.isArray(at) && !(/^\d+$/.test(key) && Number(key) <= at.length)) {
        const list = keys.slice(0, i).join('.') || 'the config';
        throw new ConfigError(OVERRIDES, [
          `"${assignment}": "${list}" is a list of ${at.length}; "${key}" is no place in it (0 to ${at.length}, which adds one)`,
        ]);
      }
      if (i === keys.length - 1) break;
      const next = at[key];
      if (typeof next !== 'object' || next === null) at[key] = {};
      at = at[key] as Record<string, unknown>;
    }
    at[keys.at(-1)!] = parseValue(assignment.slice(equals + 1));
  }
  return root;
}

function parseValue(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  if (isTooDeep(value)) throw new ConfigError(OVERRIDES, [TOO_DEEP]);
  return value;
}
