/** Gradients of an objective, with the values of its losses. */
import { variableGradients } from '@sed/tensor-ops';
import * as tf from '@tensorflow/tfjs-core';
import type { Measure, Objective, Term } from './method.ts';

/** The caller owns all tensors; they are kept (`tf.keep`). */
export interface Differentiated {
  /** By parameter name; a parameter that the losses do not reach is absent. */
  readonly gradients: ReadonlyMap<string, tf.Tensor>;
  /** The losses, unweighted, by name. */
  readonly losses: ReadonlyMap<string, tf.Scalar>;
  /** What they were weighted with, `share` included. */
  readonly weights: ReadonlyMap<string, number>;
  /** Measurements that need no gradient, by name. */
  readonly measured: ReadonlyMap<string, Measure>;
}

/**
 * Gradients of `share · Σ weight · value` with respect to `variables`. A weight of 0 leaves its loss out of the sum.
 * @param share of the step: 1 over the number of parts that its images are computed in
 * @throws Error where an objective has no term, or two of one name
 */
export function differentiate(
  variables: ReadonlyMap<string, tf.Variable>,
  compute: () => Objective,
  share = 1,
): Differentiated {
  const losses = new Map<string, tf.Scalar>();
  const weights = new Map<string, number>();
  const measured = new Map<string, Measure>();
  const total = (): tf.Scalar => {
    const computed = compute();
    checkTerms(computed.terms);
    for (const { name, value, weight } of computed.terms) {
      losses.set(name, tf.keep(value));
      weights.set(name, weight * share);
    }
    for (const [name, measure] of Object.entries(computed.measured ?? {})) {
      measured.set(name, { ...measure, value: tf.keep(measure.value) });
    }
    const counted = computed.terms.filter(({ weight }) => weight !== 0);
    // where a ramp begins at 0 there is none: their sum at weight 0 has the gradient of nothing
    const terms = (counted.length > 0 ? counted : computed.terms).map(({ name, value }): tf.Scalar =>
      tf.mul(value, weights.get(name)!),
    );
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

/** Before anything is kept. */
function checkTerms(terms: readonly Term[]): void {
  const names = terms.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new Error(`Two losses of one objective are called '${twice}'.`);
  if (terms.length === 0) throw new Error('An objective has no loss: nothing could be learnt from it.');
}
