/** Which settings are paths, and how they are made absolute. */
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { isObject } from '../is-object.ts';
import { isWeightsName } from './named-weights.ts';
import { ConfigError } from './problems.ts';

const PATHS = ['detector.weights', 'detector.checkpoint', 'initFrom'];

/** Each a source of data or a list of them, and the paths in it. */
const SOURCES = ['labeled', 'unlabeled', 'validation'];
const SOURCE_PATHS = ['annotations', 'images', 'voc', 'yolo'];

/**
 * A copy of a config (valid or not) with absolute paths. Relative ones are relative to `folder`; those of `data` to
 * `data.root`, where the config has one. Globs stay globs.
 */
export function resolvePaths(json: unknown, folder: string): unknown {
  const root = structuredClone(json);
  const data = isObject(root) && isObject(root['data']) ? root['data'] : {};
  if (typeof data['root'] === 'string') data['root'] = absolute(data['root'], folder);
  const dataFolder = typeof data['root'] === 'string' ? data['root'] : folder;
  for (const path of PATHS) {
    const keys = path.split('.');
    const last = keys.pop()!;
    const parent = keys.reduce<unknown>((v, k) => (isObject(v) ? v[k] : undefined), root);
    if (isObject(parent) && typeof parent[last] === 'string') parent[last] = absolute(parent[last], folder);
  }
  for (const name of SOURCES) mapPaths(data[name], (path) => absolute(path, dataFolder));
  return root;
}

/**
 * Replaces the paths of a source; also of one in a list, or in the object with numbers for keys that an override of a
 * list's element is.
 */
function mapPaths(source: unknown, replace: (path: string) => string): void {
  if (typeof source !== 'object' || source === null) return;
  for (const [key, value] of Object.entries(source)) {
    const at = source as Record<string, unknown>;
    if (!SOURCE_PATHS.includes(key)) mapPaths(value, replace);
    else if (typeof value === 'string') at[key] = replace(value);
    else if (Array.isArray(value)) {
      at[key] = value.map((v: unknown) => (typeof v === 'string' ? replace(v) : v));
    }
  }
}

/**
 * A copy of a config whose data lies in another folder. What was below `data.root` is below `root`; so is what was
 * relative to the config's folder, where it has no root. Where it has none and all of its data paths are absolute, they
 * move with the folder that they have in common.
 *
 * @param root absolute
 * @param folder that of the config
 * @throws ConfigError where no path of the data would move
 */
export function moveData(json: unknown, root: string, folder: string): unknown {
  const copy = structuredClone(json);
  const data = isObject(copy) ? copy['data'] : undefined;
  if (!isObject(data)) return copy; // which is refused for what it lacks
  const from = rootOf(data, folder);
  data['root'] = root;
  if (from === undefined) return copy;
  let [moved, stayed] = [0, 0];
  const move = (path: string): string => {
    const below = relative(from, bare(path));
    const isBelow = isAbsolute(bare(path)) && below !== '..' && !below.startsWith(`..${sep}`) && !isAbsolute(below);
    // what is relative is below the root wherever that is
    if (isBelow || !isAbsolute(bare(path))) moved++;
    else stayed++;
    return isBelow ? `${path.startsWith('!') ? '!' : ''}${join(root, below)}` : path;
  };
  for (const name of SOURCES) mapPaths(data[name], move);
  if (moved === 0 && stayed > 0) {
    throw new ConfigError('data.root', [
      `"data.root" cannot be moved to ${root}: no path of "data" is below ${from}, where it was. Set the paths themselves`,
    ]);
  }
  return copy;
}

/**
 * The folder that the data of a config lies in: its `data.root`, else the one that its paths have in common.
 * @param config with absolute paths
 */
export function dataFolder(config: { readonly data: object }): string {
  return rootOf(config.data as Record<string, unknown>, sep)!;
}

/** Undefined where there is no root and a path is relative to the config. */
function rootOf(data: Record<string, unknown>, folder: string): string | undefined {
  if (typeof data['root'] === 'string') return resolve(folder, data['root']);
  const paths: string[] = [];
  const collect = (path: string): string => {
    paths.push(bare(path));
    return path;
  };
  for (const name of SOURCES) mapPaths(data[name], collect);
  return paths.every((path) => isAbsolute(path)) ? commonFolder(paths) : undefined;
}

/** A path without the sign of a glob that excludes. */
const bare = (path: string): string => (path.startsWith('!') ? path.slice(1) : path);

/** The deepest folder that all paths are below; that of a single one is where it lies. */
function commonFolder(paths: readonly string[]): string {
  const [first = sep, ...others] = paths;
  let folder = dirname(first);
  const isBelow = (path: string) => path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
  while (!others.every(isBelow) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

function absolute(path: string, folder: string): string {
  if (path === '' || isWeightsName(path)) return path;
  // a glob that excludes keeps its sign in front
  if (path.startsWith('!')) return `!${absolute(path.slice(1), folder)}`;
  return isAbsolute(path) ? path : resolve(folder, path);
}
