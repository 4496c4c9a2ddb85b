/**
 * Settings that earlier versions called otherwise: configs of then, and the run folders they are in, are read as they
 * are.
 */
import { isObject } from '../is-object.ts';
import { ConfigError } from './problems.ts';

/** By former name, at the top of a config. */
const FORMER: Readonly<Record<string, string>> = { optimiser: 'optimizer' };

/**
 * A config with today's names. The argument is not changed.
 * @throws ConfigError where a setting is there under both names
 */
export function withTodaysNames(json: unknown, source: string): unknown {
  if (!isObject(json)) return json;
  const both = Object.entries(FORMER).find(([former, name]) => former in json && name in json);
  if (both) throw new ConfigError(source, [`"${both[0]}" is the former name of "${both[1]}", and both are given`]);
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [FORMER[name] ?? name, value]));
}

/** The same for the path of one setting, `optimiser.lr`. */
export function todaysPath(path: string): string {
  const [first, ...rest] = path.split('.');
  return [FORMER[first!] ?? first, ...rest].join('.');
}
