/** The run folder: what is where, and that it can be written. */
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseConfig, type ParseOptions } from '../config/parse.ts';
import type { RunConfig } from '../config/schema.ts';
import { writeWhole } from '../disk/durable.ts';

const configFile = (out: string): string => join(out, 'config.json');
export const metricsFile = (out: string): string => join(out, 'metrics.jsonl');
export const checkpointsFolder = (out: string): string => join(out, 'checkpoints');
export const lockFile = (out: string): string => join(out, 'run.lock');

/** The lock, and what is made aside when it is taken. */
export const isLockFile = (name: string): boolean => /^run\.lock(\.|$)/.test(name);

/**
 * Checks that a run can be written there, and makes nothing yet: a run that is refused for another reason leaves no
 * folder behind, which would be in the way of the next try. A run is not started over another one.
 * @throws Error where it has a run and `resume` is not asked for, or cannot be written
 */
export function checkFolder(out: string, resume: boolean): void {
  if (existsSync(configFile(out)) && !resume) {
    throw new Error(`${out} already has a run. Resume it, or choose another folder.`);
  }
  const there = [checkpointsFolder(out), ...lineage(out)].find((path) => existsSync(path))!;
  if (!statSync(there).isDirectory())
    throw new Error(`${out} cannot be made: ${there} is a file. Choose another folder.`);
  if (!resume && existsSync(out) && readdirSync(out).some((name) => !isLockFile(name))) {
    throw new Error(`${out} is not empty and is no run. Choose a new folder.`);
  }
  try {
    accessSync(there, constants.W_OK);
    if (existsSync(out)) accessSync(out, constants.W_OK);
  } catch (error) {
    throw new Error(
      `${out} cannot be written: ${(error as Error).message}. Choose another folder, or change its permissions.`,
    );
  }
}

/** A path and the folders it is in, up to the root. */
export function lineage(path: string): string[] {
  const above = dirname(resolve(path));
  return above === resolve(path) ? [above] : [resolve(path), ...lineage(above)];
}

/** Writes `config.json`, whole or not at all, and makes the folder of the checkpoints. */
export function writeConfig(out: string, config: RunConfig): void {
  mkdirSync(checkpointsFolder(out), { recursive: true });
  writeWhole(configFile(out), `${JSON.stringify(config, null, 2)}\n`);
}

/** @throws Error where the folder is no run */
export function readRunConfig(out: string, options: Pick<ParseOptions, 'methods' | 'purpose'> = {}): RunConfig {
  const path = configFile(out);
  if (!existsSync(path)) throw new Error(`${out} is no run: it has no config.json.`);
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`${path} is damaged or cannot be read: ${(error as Error).message}. Put it back from a copy.`);
  }
  return parseConfig(json, { source: path, folder: out, ...options });
}
