import type { Detector } from '@sed/detectors';
import { createTeacher, updateTeacher } from '@sed/teacher-ema';
import { phase } from '@sed/tensor-ops';
import {
  createSgd,
  sedGradients,
  supervisedGradients,
  type Differentiated,
  type Gradients,
  type Model,
  type SedConfig,
} from '@sed/trainer';
import * as tf from '@tensorflow/tfjs-core';
import type { BenchInputs } from './inputs.ts';

/** The paper's losses at their defaults, and the peer's learning rate, at which random weights stay finite. */
const SETTINGS = {
  lr: 1e-4,
  momentum: 0.9,
  weightDecay: 1e-4,
  alpha: 0.99,
  method: {
    kind: 'sed',
    burnIn: 0,
    lambdaScale: 0.5,
    lambdaDistill: 1,
    maxShift: 1,
    weighting: { kind: 'gradient-histogram', bins: 10 },
    alpha: { kind: 'constant', value: 0.99 },
    classificationWeight: 1,
    regressionWeight: 1,
    regression: 'mean',
    ramp: 0,
  } satisfies SedConfig,
} as const;

/**
 * The step of the PyTorch peer, made of the trainer's own parts: supervised losses and their gradient; the student on the strong
 * view and on its half, the teacher on the weak view, both unsupervised losses and their gradient; SGD with momentum and weight
 * decay; EMA. Images become tensors inside the step, as in training.
 * @returns a function that runs one step and gives `[supervised, unsupervised]`, the second weighted
 */
export function createStep<F>(detector: Detector<F>, inputs: BenchInputs): () => [number, number] {
  const student = new Map<string, tf.Tensor>(detector.initialize(0));
  const trainable = new Map<string, tf.Variable>();
  for (const { name } of detector.parameters.filter((p) => p.trainable)) {
    const fresh = student.get(name)!;
    const variable = tf.variable(fresh, true);
    fresh.dispose();
    student.set(name, variable);
    trainable.set(name, variable);
  }
  const teacher = createTeacher(student);
  const names = new Set(trainable.keys());
  const sgd = createSgd(trainable, SETTINGS);
  const model: Model<F> = {
    detector,
    student,
    trainable,
    batching: { multiple: detector.sizeMultiple * 2 },
  };
  const options = { weight: inputs.weak.length / inputs.labeled.length, shift: 1, histogram: false };

  return () => {
    const collect = ({ gradients }: Differentiated): Gradients => phase('optimiser', () => sgd.collect(gradients));
    // in the trainer's order: what needs more memory first
    const unsupervised = sedGradients(model, teacher, inputs, SETTINGS.method, options);
    const first = collect(unsupervised);
    const supervised = supervisedGradients(model, inputs.labeled);
    const terms = [first, collect(supervised)];
    phase('optimiser', () => sgd.step(terms, SETTINGS.lr));
    phase('EMA', () => updateTeacher(teacher, student, SETTINGS.alpha, { trainable: names }));
    // Reading the losses waits for the device, so the time is that of the whole step.
    return phase('losses read', () => readAndDispose([supervised, unsupervised])) as [number, number];
  };
}

/** Each part's weighted sum of losses, downloaded in one piece as the trainer does; frees them and what was measured. */
function readAndDispose(parts: readonly Differentiated[]): number[] {
  const losses = parts.flatMap((part) => [...part.losses].map(([name, loss]) => ({ part, name, loss })));
  const values = tf.tidy(() => tf.concat1d(losses.map(({ loss }) => tf.reshape(loss, [1]))).dataSync<'float32'>());
  for (const { losses: named, measured } of parts) tf.dispose([...named.values(), ...measured.values()]);
  return parts.map((part) =>
    losses.reduce((sum, one, i) => (one.part === part ? sum + part.weights.get(one.name)! * values[i]! : sum), 0),
  );
}
