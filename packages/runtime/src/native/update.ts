/**
 * Updates of weights by our own TensorFlow ops (`native/kernels/update.cc`): one pass over memory for a list of
 * tensors.
 */
import { dispose, ones, tensor1d } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import {
  inputList,
  momentumStepKernel,
  movingAverageKernel,
  squaredNormKernel,
  type ListInputs,
  type SquaredNormAttributes,
} from '@sed/tensor-ops/kernels';
import type { TensorFlowBackend } from './backend.ts';
import { nativeKernel, type NativeKernel } from './native-kernel.ts';
import { TensorFlowOps } from './ops.ts';

/**
 * What changes from step to step goes in as a tensor: for each set of attributes TensorFlow would prepare a kernel anew
 * and keep it.
 */
function withNumbers<T>(numbers: number[], body: (numbers: Tensor) => T): T {
  const tensor = tensor1d(numbers, 'float32');
  try {
    return body(tensor);
  } finally {
    tensor.dispose();
  }
}

const total = (lengths: readonly number[]): number => lengths.reduce((a, b) => a + b, 0);

function squaredNorm(ops: TensorFlowOps, inputs: ListInputs<'value'>, { values }: SquaredNormAttributes): Scalar {
  const list = inputList(inputs, 'value', total(values));
  return ops.own(squaredNormKernel, { N: { int: list.length }, terms: { int: values.length } }, list);
}

export const ownUpdates: readonly NativeKernel[] = [
  nativeKernel(momentumStepKernel, (ops, inputs, attributes) => {
    const { weights, velocities, gradients, lr, momentum, weightDecay, scale } = attributes;
    const made = velocities > 0 ? velocities : gradients[0]!;
    const lists = [
      ...inputList(inputs, 'weight', weights),
      ...inputList(inputs, 'velocity', velocities),
      ...inputList(inputs, 'gradient', total(gradients)),
    ];
    const counts = {
      N: { int: weights },
      M: { int: velocities },
      G: { int: total(gradients) },
      K: { int: made },
      terms: { int: gradients.length },
    };
    return withNumbers([lr, momentum, weightDecay, scale], (numbers) =>
      ops.ownSeveral(momentumStepKernel, counts, [...lists, numbers], weights + made),
    );
  }),
  nativeKernel(movingAverageKernel, (ops, inputs, { count, alpha }) => {
    const lists = [...inputList(inputs, 'target', count), ...inputList(inputs, 'source', count)];
    return withNumbers([alpha, 1 - alpha], (numbers) =>
      ops.ownSeveral(movingAverageKernel, { N: { int: count } }, [...lists, numbers], count),
    );
  }),
  nativeKernel(squaredNormKernel, squaredNorm),
];

/**
 * Whether they work: the addon that has the ops may be missing, or built elsewhere. Takes the squared norm of two ones.
 */
export function updatesWork(backend: TensorFlowBackend): boolean {
  const value0 = ones([2]);
  let y: Tensor | undefined;
  try {
    y = squaredNorm(new TensorFlowOps(backend), { value0 }, { values: [1] });
    return y.dataSync()[0] === 2;
  } catch {
    return false;
  } finally {
    dispose(value0);
    y?.dispose();
  }
}
