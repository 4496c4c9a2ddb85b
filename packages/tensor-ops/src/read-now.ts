import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/**
 * The values of a float tensor on the host, without waiting (`dataSync`).
 *
 * tfjs's WebGPU cannot give them so: it answers, but with other values than `await tensor.data()`. What reads tensors
 * in the middle of its work is refused there.
 * @param reader whose work it is, for the message
 * @throws Error where the tensor is on the backend `webgpu`
 */
export function readNow(tensor: Tensor, reader: string): Float32Array {
  const { registry, state } = tf.engine();
  const owner = state.tensorInfo.get(tensor.dataId)?.backend;
  if (owner !== undefined && owner === registry['webgpu'])
    throw new Error(
      `${reader} reads tensors at once, and on the backend webgpu tfjs gives wrong values then. Use another: await tf.setBackend('wasm'), or 'webgl', before the weights and images become tensors.`,
    );
  return tensor.dataSync<'float32'>();
}
