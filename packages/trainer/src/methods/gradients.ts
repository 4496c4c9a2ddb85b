/** Gradients of a weighted sum of losses, with the values of the losses. */
import { variableGradients } from '@sed/tensor-ops';
import * as tf from '@tensorflow/tfjs-core';

export interface WeightedLoss {
  readonly name: string;
  readonly weight: number;
  readonly value: tf.Scalar;
}

/** The caller owns all tensors; they are kept (`tf.keep`). */
export interface Differentiated {
  /** By parameter name; a parameter that the losses do not reach is absent. */
  readonly gradients: ReadonlyMap<string, tf.Tensor>;
  /** The losses, unweighted, by name. */
  readonly losses: ReadonlyMap<string, tf.Scalar>;
  /** What they were weighted with. */
  readonly weights: ReadonlyMap<string, number>;
  /** Measurements that need no gradient, by name. */
  readonly measured: ReadonlyMap<string, tf.Tensor>;
}

/** Gradients of `Σ weight · value` with respect to `variables`. A weight of 0 leaves its loss out of the sum. */
export function differentiate(
  variables: ReadonlyMap<string, tf.Variable>,
  compute: () => { losses: readonly WeightedLoss[]; measured?: Readonly<Record<string, tf.Tensor>> },
): Differentiated {
  const losses = new Map<string, tf.Scalar>();
  const weights = new Map<string, number>();
  const measured = new Map<string, tf.Tensor>();
  const total = (): tf.Scalar => {
    const computed = compute();
    for (const { name, value, weight } of computed.losses) {
      losses.set(name, tf.keep(value));
      weights.set(name, weight);
    }
    for (const [name, tensor] of Object.entries(computed.measured ?? {})) measured.set(name, tf.keep(tensor));
    const terms = computed.losses.filter((l) => l.weight !== 0).map((l): tf.Scalar => tf.mul(l.value, l.weight));
    return terms.reduce((a, b) => tf.add(a, b));
  };
  const found = variableGradients(total, [...variables.values()]);
  found.value.dispose();
  const gradients = new Map<string, tf.Tensor>();
  [...variables.keys()].forEach((name, i) => {
    const gradient = found.gradients[i];
    if (gradient) gradients.set(name, tf.keep(gradient));
  });
  return { gradients, losses, weights, measured };
}
