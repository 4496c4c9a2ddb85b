/** The run folder: what is where, and that it can be written. */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseConfig } from '../config/parse.ts';
import type { RunConfig } from '../config/schema.ts';

export const configFile = (out: string): string => join(out, 'config.json');
export const metricsFile = (out: string): string => join(out, 'metrics.jsonl');
export const checkpointsFolder = (out: string): string => join(out, 'checkpoints');

/**
 * Checks that a run can be written there, and makes nothing yet: a run that is refused for another reason leaves no folder behind,
 * which would be in the way of the next try. A run is not started over another one.
 * @throws Error where it has a run and `resume` is not asked for, or cannot be written
 */
export function checkFolder(out: string, resume: boolean): void {
  if (existsSync(configFile(out)) && !resume) {
    throw new Error(`${out} already has a run. Go on with it (--resume), or choose another folder (--out).`);
  }
  const there = [checkpointsFolder(out), ...lineage(out)].find((path) => existsSync(path))!;
  if (!statSync(there).isDirectory())
    throw new Error(`${out} cannot be made: ${there} is a file. Choose another folder (--out).`);
  if (!resume && existsSync(out) && readdirSync(out).length > 0) {
    throw new Error(`${out} is not empty and is no run. Choose a new folder (--out).`);
  }
  try {
    accessSync(there, constants.W_OK);
    if (existsSync(out)) accessSync(out, constants.W_OK);
  } catch (error) {
    throw new Error(
      `${out} cannot be written: ${(error as Error).message}. Choose another folder (--out), or change its permissions.`,
    );
  }
}

/** A path and the folders it is in, up to the root. */
function lineage(path: string): string[] {
  const above = dirname(resolve(path));
  return above === resolve(path) ? [above] : [resolve(path), ...lineage(above)];
}

/** Makes the run folder. */
export function makeFolder(out: string): void {
  try {
    // one by one: Node's own recursion never ends where the system refuses with ENOENT (/proc)
    for (const path of [checkpointsFolder(out), ...lineage(out)].reverse()) if (!existsSync(path)) mkdirSync(path);
  } catch (error) {
    throw new Error(`${out} cannot be made: ${(error as Error).message}. Choose another folder (--out).`);
  }
}

/** Writes `config.json`, whole or not at all. */
export function writeConfig(out: string, config: RunConfig): void {
  const aside = `${configFile(out)}.writing`;
  writeFileSync(aside, `${JSON.stringify(config, null, 2)}\n`);
  renameSync(aside, configFile(out));
}

/** @throws Error where the folder is no run */
export function readRunConfig(out: string): RunConfig {
  const path = configFile(out);
  if (!existsSync(path)) throw new Error(`${out} is no run: it has no config.json.`);
  return parseConfig(JSON.parse(readFileSync(path, 'utf8')), { source: path, folder: out });
}
