/** Which settings are paths, and how they are made absolute. */
import { isAbsolute, resolve } from 'node:path';
import { isWeightsName } from './named-weights.ts';

const PATHS = ['detector.weights', 'detector.checkpoint', 'initFrom'];

/** Each a source of data or a list of them, and the paths in it. */
const SOURCES = ['labeled', 'unlabeled', 'validation'];
const SOURCE_PATHS = ['annotations', 'images', 'voc', 'yolo'];

/**
 * A copy of a config (valid or not) with absolute paths. Relative ones are relative to `folder`; those of `data` to `data.root`, where
 * the config has one. Globs stay globs.
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
  for (const name of SOURCES) resolveSource(data[name], dataFolder);
  return root;
}

/** Also of a source in a list, or in the object with numbers for keys that an override of a list's element is. */
function resolveSource(source: unknown, folder: string): void {
  if (typeof source !== 'object' || source === null) return;
  for (const [key, value] of Object.entries(source)) {
    const at = source as Record<string, unknown>;
    if (!SOURCE_PATHS.includes(key)) resolveSource(value, folder);
    else if (typeof value === 'string') at[key] = absolute(value, folder);
    else if (Array.isArray(value)) {
      at[key] = value.map((v: unknown) => (typeof v === 'string' ? absolute(v, folder) : v));
    }
  }
}

function absolute(path: string, folder: string): string {
  if (path === '' || isWeightsName(path)) return path;
  // a glob that excludes keeps its sign in front
  if (path.startsWith('!')) return `!${absolute(path.slice(1), folder)}`;
  return isAbsolute(path) ? path : resolve(folder, path);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
