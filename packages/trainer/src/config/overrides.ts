/** `a.b=value` assignments on a JSON value. */
import { ConfigError } from './problems.ts';

/** A copy of `json` with the assignments made, in order. Objects on the way are created; a number steps into an array. */
export function setByPath(json: unknown, assignments: readonly string[]): unknown {
  const root = structuredClone(json);
  for (const assignment of assignments) {
    const equals = assignment.indexOf('=');
    if (equals < 1) throw new ConfigError('--set', [`"${assignment}" is not of the form name.name=value`]);
    const keys = assignment.slice(0, equals).trim().split('.');
    const bad = keys.find((k) => k === '' || k === '__proto__' || k === 'constructor' || k === 'prototype');
    if (bad !== undefined) throw new ConfigError('--set', [`"${assignment}" has the name "${bad}" in its path`]);
    let at = root as Record<string, unknown>;
    for (const key of keys.slice(0, -1)) {
      const next = at[key];
      if (typeof next !== 'object' || next === null) at[key] = {};
      at = at[key] as Record<string, unknown>;
    }
    at[keys.at(-1)!] = parseValue(assignment.slice(equals + 1));
  }
  return root;
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
