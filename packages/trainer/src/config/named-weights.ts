/**
 * Pretrained weights that have a name in place of a path: which file they are, and where this user's copy lies. Needs
 * no tfjs.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What is published under each name. */
export const NAMED_WEIGHT_FILES = {
  'efficientnet-lite0-imagenet': {
    file: 'efficientnet-lite0-57934424.pth',
    sha256: '579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db',
  },
} as const;

export type WeightsName = keyof typeof NAMED_WEIGHT_FILES;

export function isWeightsName(name: string): name is WeightsName {
  return Object.hasOwn(NAMED_WEIGHT_FILES, name);
}

/** Pretrained weights are not in the user's cache, or are not the published file. */
export class MissingWeightsError extends Error {
  override readonly name = 'MissingWeightsError';
  /** What a program adds to the message: how its user fetches them. */
  readonly advice = 'fetch-weights';
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The per-user folder of weights: `SED_CACHE/weights`, `XDG_CACHE_HOME/sed/weights`, or `~/.cache/sed/weights`. */
export function weightsFolder(env: Environment = process.env): string {
  const own = env['SED_CACHE'];
  if (own) return join(own, 'weights');
  return join(env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache'), 'sed', 'weights');
}

/**
 * The file of weights with a name in this user's cache.
 * @throws MissingWeightsError where it is not there, with what fetches it, or is not the published file
 */
export function namedWeights(name: WeightsName, env: Environment = process.env): string {
  const { file, sha256 } = NAMED_WEIGHT_FILES[name];
  const path = join(weightsFolder(env), file);
  const fetch = 'fetch it once a user with pretrainedWeights() of @sed/cli';
  if (!existsSync(path))
    throw new MissingWeightsError(`the weights ${name} are not on this machine (${path}): ${fetch}.`);
  if (createHash('sha256').update(readFileSync(path)).digest('hex') !== sha256) {
    throw new MissingWeightsError(`${path} is damaged, its SHA-256 is not that of ${name}: delete it and ${fetch}.`);
  }
  return path;
}
