/** A finished or running run, for prediction and evaluation. */
import type { Category } from '@sed/datasets-coco';
import type { Detector } from '@sed/detectors';
import type { Tensor } from '@tensorflow/tfjs-core';
import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { newestCheckpoint, readCheckpoint } from '../checkpoint/files.ts';
import type { RunConfig } from '../config/schema.ts';
import type { ModelName } from '../metrics/rows.ts';
import { createDetector } from './detector.ts';
import { checkpointsFolder, readRunConfig } from './folder.ts';
import { categoriesOf, checkStored, STUDENT, TEACHER, type StoredState } from './state.ts';
import { decodeParameters } from './weights.ts';

export interface LoadedRun {
  readonly config: RunConfig;
  readonly detector: Detector;
  /** By class index. */
  readonly categories: readonly Category[];
  /** Which of the two models `parameters` are. */
  readonly model: ModelName;
  /** The caller disposes of them. */
  readonly parameters: ReadonlyMap<string, Tensor>;
  /** Finished steps of the checkpoint, and its folder. */
  readonly step: number;
  readonly checkpoint: string;
}

/**
 * Loads a model of a run: the teacher's weights (the student's before the burn-in ended) of its newest whole checkpoint.
 * @param folder a run folder, or one of its checkpoints (`RUN/checkpoints/step-N`)
 * @throws Error where it is no run, has no whole checkpoint, or not that model
 */
export function loadRun(
  folder: string,
  options: { model?: ModelName; log?: (message: string) => void } = {},
): LoadedRun {
  const path = resolve(folder);
  const isCheckpoint = existsSync(join(path, 'state.json')) && basename(dirname(path)) === 'checkpoints';
  const config = readRunConfig(isCheckpoint ? dirname(dirname(path)) : path);
  const stored = isCheckpoint
    ? readCheckpoint<StoredState>(path)
    : newestCheckpoint(checkpointsFolder(path), options.log, checkStored);
  if (!stored) throw new Error(`${path} has no whole checkpoint yet.`);
  const model = options.model ?? (stored.files.has(TEACHER) ? 'teacher' : 'student');
  const file = model === 'teacher' ? TEACHER : STUDENT;
  const bytes = stored.files.get(file);
  if (!bytes)
    throw new Error(
      `${stored.folder} has no teacher: the burn-in ends at step ${config.method.burnIn}. Take the student.`,
    );
  const categories = categoriesOf(stored);
  const detector = createDetector(config, categories.length);
  const parameters = decodeParameters(detector, bytes, join(stored.folder, file));
  return {
    config,
    detector,
    categories,
    model,
    parameters,
    step: stored.step,
    checkpoint: stored.folder,
  };
}
