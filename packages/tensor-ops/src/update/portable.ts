/**
 * The kernels of `kernels.ts` composed of stock tfjs ops, for a backend that brings none of its own. A step joins its lists to
 * vectors first: it is then a handful of ops instead of several for each of a hundred variables, each of which costs tens of microseconds
 * whatever its size.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { KernelConfig, KernelFunc, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as names from './kernels.ts';
import type { MomentumStepAttributes, MovingAverageAttributes, SquaredNormAttributes } from './kernels.ts';
import { cutVector, joinList } from './vectors.ts';

type Inputs = Record<string, Tensor>;

/** The sum of the terms as one vector. */
function sumOf(list: readonly Tensor[], lengths: readonly number[]): Tensor1D {
  return names
    .cutList(list, lengths)
    .map(joinList)
    .reduce((a, b) => tf.add(a, b));
}

const total = (lengths: readonly number[]): number => lengths.reduce((a, b) => a + b, 0);

function momentumStep(inputs: Inputs, attributes: MomentumStepAttributes): Tensor[] {
  const { lr, momentum, weightDecay, scale } = attributes;
  const weights = names.inputList(inputs, 'weight', attributes.weights);
  const velocities = names.inputList(inputs, 'velocity', attributes.velocities);
  const gradients = names.inputList(inputs, 'gradient', total(attributes.gradients));
  const w = joinList(weights);
  let g = sumOf(gradients, attributes.gradients);
  if (scale !== 1) g = tf.mul(g, scale);
  if (weightDecay > 0) g = tf.add(g, tf.mul(w, weightDecay));
  const v = velocities.length > 0 && momentum > 0 ? tf.add<Tensor1D>(tf.mul(joinList(velocities), momentum), g) : g;
  const cuts = velocities.length > 0 ? velocities : gradients.slice(0, attributes.gradients[0]);
  return [
    ...cutVector(
      tf.sub(w, tf.mul(v, lr)),
      weights.map((t) => t.shape),
    ),
    ...cutVector(
      v,
      cuts.map((t) => t.shape),
    ),
  ];
}

function movingAverage(inputs: Inputs, { count, alpha }: MovingAverageAttributes): Tensor[] {
  const sources = names.inputList(inputs, 'source', count);
  return names
    .inputList(inputs, 'target', count)
    .map((target, i) => tf.add(tf.mul(target, alpha), tf.mul(sources[i]!, 1 - alpha)));
}

function squaredNorm(inputs: Inputs, { values }: SquaredNormAttributes): Tensor {
  const [first, second] = names.cutList(names.inputList(inputs, 'value', total(values)), values) as [
    Tensor[],
    Tensor[]?,
  ];
  const alike = second === undefined || second.every((t, i) => t.size === first[i]?.size);
  if (!alike) return tf.sum(tf.square(tf.add(joinList(first), joinList(second!))));
  const sums = first.map((t, i) => (second ? tf.add(tf.reshape(t, [-1]), tf.reshape(second[i]!, [-1])) : t));
  return sums.map((t): Tensor => tf.sum(tf.square(t))).reduce((a, b) => tf.add(a, b));
}

const bodies = {
  [names.SED_MOMENTUM_STEP]: momentumStep,
  [names.SED_MOVING_AVERAGE]: movingAverage,
  [names.SED_SQUARED_NORM]: squaredNorm,
} as Record<string, (inputs: Inputs, attributes: object) => Tensor | Tensor[]>;

const portable = new WeakSet<KernelFunc>();

/** The composition of one of these kernels, ready for `registerKernel`. */
export function portableUpdate(kernelName: string, backendName: string): KernelConfig {
  const body = bodies[kernelName]!;
  const kernelFunc: KernelFunc = ({ inputs, attrs }) =>
    tf.tidy(() => body(inputs as Inputs, attrs as unknown as object));
  portable.add(kernelFunc);
  return { kernelName, backendName, kernelFunc };
}

/** Whether a kernel is one of the compositions here. */
export const isPortable = ({ kernelFunc }: KernelConfig): boolean => portable.has(kernelFunc);
