/** Updates of weights by our own TensorFlow ops (`native/kernels/update.cc`): one pass over memory for a list of tensors. */
import { dispose, ones, tensor1d } from '@tensorflow/tfjs-core';
import type { KernelFunc, NamedTensorInfoMap, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { inputList } from '@sed/tensor-ops';
import * as names from '@sed/tensor-ops';

interface Backend {
  readonly binding: Record<'TF_ATTR_INT', number>;
  executeMultipleOutputs(name: string, attributes: object[], inputs: TensorInfo[], outputs: number): Tensor[];
}

function execute(
  backend: Backend,
  op: string,
  whole: Readonly<Record<string, number>>,
  inputs: TensorInfo[],
  outputs: number,
): Tensor[] {
  const type = backend.binding.TF_ATTR_INT;
  const attributes = Object.entries(whole).map(([name, value]) => ({ name, type, value }));
  return backend.executeMultipleOutputs(op, attributes, inputs, outputs);
}

/** What changes from step to step goes in as a tensor: for each set of attributes TensorFlow would prepare a kernel anew and keep it. */
function withNumbers<T>(numbers: number[], body: (numbers: Tensor) => T): T {
  const tensor = tensor1d(numbers, 'float32');
  try {
    return body(tensor);
  } finally {
    tensor.dispose();
  }
}

const total = (lengths: readonly number[]): number => lengths.reduce((a, b) => a + b, 0);

function momentumStep(
  backend: Backend,
  inputs: NamedTensorInfoMap,
  { weights, velocities, gradients, lr, momentum, weightDecay, scale }: names.MomentumStepAttributes,
): Tensor[] {
  const made = velocities > 0 ? velocities : gradients[0]!;
  const lists = [
    ...inputList(inputs, 'weight', weights),
    ...inputList(inputs, 'velocity', velocities),
    ...inputList(inputs, 'gradient', total(gradients)),
  ];
  const counts = { N: weights, M: velocities, G: total(gradients), K: made, terms: gradients.length };
  return withNumbers([lr, momentum, weightDecay, scale], (numbers) =>
    execute(backend, 'SedMomentumStep', counts, [...lists, numbers], weights + made),
  );
}

function movingAverage(
  backend: Backend,
  inputs: NamedTensorInfoMap,
  { count, alpha }: names.MovingAverageAttributes,
): Tensor[] {
  const lists = [...inputList(inputs, 'target', count), ...inputList(inputs, 'source', count)];
  return withNumbers([alpha, 1 - alpha], (numbers) =>
    execute(backend, 'SedMovingAverage', { N: count }, [...lists, numbers], count),
  );
}

function squaredNorm(backend: Backend, inputs: NamedTensorInfoMap, { values }: names.SquaredNormAttributes): Tensor {
  const lists = inputList(inputs, 'value', total(values));
  return execute(backend, 'SedSquaredNorm', { N: lists.length, terms: values.length }, lists, 1)[0]!;
}

const kernels: Record<string, KernelFunc> = {
  [names.SED_MOMENTUM_STEP]: ({ inputs, attrs, backend }) =>
    momentumStep(backend as Backend, inputs, attrs as unknown as names.MomentumStepAttributes),
  [names.SED_MOVING_AVERAGE]: ({ inputs, attrs, backend }) =>
    movingAverage(backend as Backend, inputs, attrs as unknown as names.MovingAverageAttributes),
  [names.SED_SQUARED_NORM]: ({ inputs, attrs, backend }) =>
    squaredNorm(backend as Backend, inputs, attrs as unknown as names.SquaredNormAttributes),
};

/** The names of the kernels. */
export const UPDATES = Object.keys(kernels);

/** The kernels by name; none where the addon that has the ops is missing or was built elsewhere. */
export function updateKernels(tensorflow: unknown): Record<string, KernelFunc> {
  return works(tensorflow as Backend) ? kernels : {};
}

/** The squared norm of two ones. */
function works(backend: Backend): boolean {
  const value0 = ones([2]);
  let y: Tensor | undefined;
  try {
    y = squaredNorm(backend, { value0 }, { values: [1] });
    return y.dataSync()[0] === 2;
  } catch {
    return false;
  } finally {
    dispose(value0);
    y?.dispose();
  }
}
