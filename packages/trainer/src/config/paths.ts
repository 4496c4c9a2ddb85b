/** Which settings are paths, and how they are made absolute. */
import { isAbsolute, resolve } from 'node:path';

/** Backbone weights that have a name instead of a path. */
export const NAMED_WEIGHTS = ['efficientnet-lite0-imagenet'] as const;

const PATHS = [
  'data.labeled.annotations',
  'data.labeled.images',
  'data.unlabeled.images',
  'data.unlabeled.annotations',
  'data.validation.annotations',
  'data.validation.images',
  'detector.weights',
  'detector.checkpoint',
  'initFrom',
];

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
    if (!isObject(parent)) continue;
    const value = parent[last];
    const from = path.startsWith('data.') ? dataFolder : folder;
    if (typeof value === 'string') parent[last] = absolute(value, from);
    if (Array.isArray(value)) parent[last] = value.map((v: unknown) => (typeof v === 'string' ? absolute(v, from) : v));
  }
  return root;
}

function absolute(path: string, folder: string): string {
  if (path === '' || (NAMED_WEIGHTS as readonly string[]).includes(path)) return path;
  // a glob that excludes keeps its sign in front
  if (path.startsWith('!')) return `!${absolute(path.slice(1), folder)}`;
  return isAbsolute(path) ? path : resolve(folder, path);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
