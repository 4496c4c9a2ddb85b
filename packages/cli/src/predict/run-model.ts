import { loadRun, type ModelName } from '@sed/trainer';
import * as tf from '@tensorflow/tfjs-core';
import type { LoadedModel } from './weights-model.ts';

/** A model of a run's newest checkpoint: without a choice the teacher, the student while there is no teacher yet. */
export function openRun(folder: string, model: ModelName | undefined): LoadedModel {
  const run = loadRun(folder, model === undefined ? {} : { model });
  return {
    name: `${run.detector.name}, ${run.model} of ${run.checkpoint}`,
    detector: run.detector,
    parameters: run.parameters,
    input: run.config.input,
    categories: run.categories,
    dispose: () => tf.dispose([...run.parameters.values()]),
  };
}
