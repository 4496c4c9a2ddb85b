/** A finished or running run, for prediction and evaluation. */
import type { Category } from '@sed/datasets-coco';
import type { Detector } from '@sed/detectors';
import type { Tensor } from '@tensorflow/tfjs-core';
import { dirname, join, resolve } from 'node:path';
import { readCheckpoint } from '../checkpoint/files.ts';
import type { RunConfig } from '../config/schema.ts';
import { asChosen, chooseCheckpoint, isCheckpoint, type CheckpointChoice } from './choose-checkpoint.ts';
import { createDetector } from './detector.ts';
import { readRunConfig } from './folder.ts';
import { networksIn, weightsFile } from './network-files.ts';
import { categoriesOf, type StoredState } from './state.ts';
import { decodeParameters } from './weights.ts';

export interface LoadedRun {
  readonly config: RunConfig;
  readonly detector: Detector;
  /** By class index. */
  readonly categories: readonly Category[];
  /** Which of its networks `parameters` are of. */
  readonly model: string;
  /** The caller disposes of them. */
  readonly parameters: ReadonlyMap<string, Tensor>;
  /** Finished steps of the checkpoint, and its folder. */
  readonly step: number;
  readonly checkpoint: string;
  /** Why this checkpoint, for people: `the best AP on validation: 36.1`. */
  readonly why: string;
}

export interface LoadRunOptions {
  /**
   * A network of the run. Default: of the best checkpoint the one with the higher value, else an average where there is
   * one.
   */
  readonly model?: string;
  /**
   * Default `best`: the one that `checkpoints.best` of the run's config has kept; the newest, and `why` says so, where
   * there is none.
   */
  readonly checkpoint?: CheckpointChoice;
  readonly log?: (message: string) => void;
}

/** A checkpoint does not have the network that was asked for. */
export class MissingNetworkError extends Error {
  override readonly name = 'MissingNetworkError';
  constructor(checkpoint: string, network: string, found: readonly string[]) {
    super(
      `${checkpoint} has no ${network}; it has: ${found.join(', ')}. A network that is made of another is there from the end of the burn-in on.`,
    );
  }
}

/**
 * Loads a model of a run, by default the best on validation.
 * @param folder a run folder, or one of its checkpoints (`RUN/checkpoints/step-N`), which is then the one
 * @throws Error where it is no run, has no whole checkpoint, or not that model
 */
export function loadRun(folder: string, options: LoadRunOptions = {}): LoadedRun {
  const path = resolve(folder);
  const named = isCheckpoint(path);
  const config = readRunConfig(named ? dirname(dirname(path)) : path, { purpose: 'predict' });
  const { stored, model, why } = named
    ? asChosen(readCheckpoint<StoredState>(path), options.model, 'as asked for', config)
    : chooseCheckpoint(path, config, {
        model: options.model,
        checkpoint: options.checkpoint ?? 'best',
        log: options.log ?? (() => {}),
      });
  const networks = networksIn(stored.files);
  if (!networks.includes(model)) throw new MissingNetworkError(stored.folder, model, networks);
  const file = weightsFile(model);
  const categories = categoriesOf(stored);
  const detector = createDetector(config, categories.length);
  const parameters = decodeParameters(detector, stored.files.get(file)!, join(stored.folder, file));
  return { config, detector, categories, model, parameters, step: stored.step, checkpoint: stored.folder, why };
}
