import { inputAt, loadRun, type LoadedRun } from '@sed/trainer';
import * as tf from '@tensorflow/tfjs-core';
import type { FoundRun } from '../runs/find-run.ts';
import { bestScoreOf } from './best-score.ts';
import type { LoadedModel } from './weights-model.ts';

/**
 * A model of a run: without a choice the best on validation.
 * @param size short edge of the input in pixels; without it that of the run's tests
 */
export function openRun({ folder, options }: FoundRun, model: string | undefined, size?: number): LoadedModel {
  const run = loadRun(folder, { ...options, ...(model === undefined ? {} : { model }) });
  const bestScore = bestScoreOf(run);
  return { ...modelOfRun(run, size), ...(bestScore === undefined ? {} : { bestScore }) };
}

/** A loaded run as a model. */
export function modelOfRun(run: LoadedRun, size?: number): LoadedModel {
  return {
    name: `${run.detector.name}, ${run.model} of ${run.checkpoint} (${run.why})`,
    detector: run.detector,
    parameters: run.parameters,
    input: size === undefined ? run.config.input : inputAt(run.config.input, size),
    categories: run.categories,
    dispose: () => tf.dispose([...run.parameters.values()]),
  };
}
