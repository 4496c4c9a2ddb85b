/** What changes the weights of a model, on lists of tensors; see `update-kernels.ts`. None of it is differentiable. */
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import { hasFaster, runKernel } from '../kernel.ts';
import { listInputs } from '../list-inputs.ts';
import { momentumStepKernel, movingAverageKernel, squaredNormKernel } from './update-kernels.ts';

/** What a step of gradient descent with momentum is told. */
export interface MomentumStepOptions {
  readonly lr: number;
  readonly momentum: number;
  /** Added to the gradient: `weightDecay · w`. */
  readonly weightDecay: number;
  /** Factor on the gradient, before weight decay; default 1. */
  readonly scale?: number;
}

/**
 * One step of torch's SGD: `g = scale · Σ terms + weightDecay · w`, `v ← momentum · v + g`, `w ← w - lr · v`.
 *
 * Each list stands for one long vector, its tensors end to end, so lists may be cut differently as long as all have the
 * same values.
 *
 * @param velocities the momentum so far; an empty list: zeros, as before the first step
 * @param terms one or two lists, whose sum is the gradient
 * @returns new tensors: weights in the weights' shapes, velocities in the velocities' (of an empty list: the first
 * term's)
 * @throws Error where the lists have different numbers of values
 */
export function momentumStep(
  weights: readonly Tensor[],
  velocities: readonly Tensor[],
  terms: readonly (readonly Tensor[])[],
  { lr, momentum, weightDecay, scale = 1 }: MomentumStepOptions,
): { weights: Tensor[]; velocities: Tensor[] } {
  const values = valuesOf(weights);
  requireTerms('momentumStep', terms, values);
  if (velocities.length > 0 && valuesOf(velocities) !== values) {
    throw new Error(`momentumStep: ${values} weights and ${valuesOf(velocities)} velocities; there must be as many.`);
  }
  const attributes = {
    weights: weights.length,
    velocities: velocities.length,
    gradients: terms.map((term) => term.length),
    lr,
    momentum,
    weightDecay,
    scale,
  };
  const inputs = {
    ...listInputs('weight', weights),
    ...listInputs('velocity', velocities),
    ...listInputs('gradient', terms.flat()),
  };
  const made = runKernel(momentumStepKernel, inputs, attributes);
  return { weights: made.slice(0, weights.length), velocities: made.slice(weights.length) };
}

/**
 * `alpha · target + (1 - alpha) · source` for each of the targets and its source, float32.
 * @returns new tensors
 * @throws Error where a target and its source have different shapes
 */
export function movingAverage(targets: readonly Tensor[], sources: readonly Tensor[], alpha: number): Tensor[] {
  targets.forEach(({ shape }, i) => {
    if (sources[i]?.shape.join() === shape.join()) return;
    throw new Error(`movingAverage: target ${i} is [${shape}], its source [${sources[i]?.shape}].`);
  });
  const inputs = { ...listInputs('target', targets), ...listInputs('source', sources) };
  return runKernel(movingAverageKernel, inputs, { count: targets.length, alpha });
}

/**
 * The sum of the squares of all values.
 * @param terms one or two lists of the same values each, which are added first
 * @throws Error where the lists have different numbers of values
 */
export function squaredNorm(terms: readonly (readonly Tensor[])[]): Scalar {
  requireTerms('squaredNorm', terms, valuesOf(terms[0] ?? []));
  const values = terms.map((term) => term.length);
  return runKernel(squaredNormKernel, listInputs('value', terms.flat()), { values });
}

/**
 * Whether the current backend has kernels of its own for lists. Where it has none, each call joins its lists anew: then
 * what is used more than once is better joined first.
 */
export function updatesLists(): boolean {
  return hasFaster(momentumStepKernel);
}

const valuesOf = (list: readonly Tensor[]): number => list.reduce((sum, { size }) => sum + size, 0);

function requireTerms(op: string, terms: readonly (readonly Tensor[])[], values: number): void {
  if (terms.length !== 1 && terms.length !== 2) throw new Error(`${op}: ${terms.length} terms; it takes one or two.`);
  const other = terms.findIndex((term) => valuesOf(term) !== values);
  if (other < 0) return;
  throw new Error(`${op}: term ${other} has ${valuesOf(terms[other]!)} values, not ${values}; there must be as many.`);
}
