import * as tf from '@tensorflow/tfjs-core';
import type { KernelBackend, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { TensorBinding } from './constants.ts';

/** An attribute of an op, as tfjs-node takes it. */
export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** What is used of tfjs-node's backend, which runs any TensorFlow op by name. */
export interface TensorFlowBackend extends KernelBackend {
  binding: Record<
    ('TF_ATTR_TYPE' | 'TF_ATTR_INT' | 'TF_ATTR_BOOL' | 'TF_ATTR_STRING' | 'TF_ATTR_FLOAT') | ('TF_FLOAT' | 'TF_INT32'),
    number
  > &
    TensorBinding & { TF_Version: string };
  readonly isUsingGpuDevice: boolean;
  executeSingleOutput(name: string, attributes: readonly Attribute[], inputs: readonly TensorInfo[]): Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly TensorInfo[],
    outputs: number,
  ): Tensor[];
}

/** The current backend, which is `tensorflow`. */
export const tensorFlow = (): TensorFlowBackend => tf.backend() as TensorFlowBackend;
