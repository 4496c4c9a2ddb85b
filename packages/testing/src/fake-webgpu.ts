import * as tf from '@tensorflow/tfjs';

/**
 * Selects a backend named `webgpu` that computes as tfjs's `cpu` does: for what depends on the name, where there is no
 * GPU.
 * @returns selects the backend that was there before, and takes this one away
 */
export async function fakeWebgpu(): Promise<() => Promise<void>> {
  const before = tf.getBackend();
  await tf.setBackend('cpu');
  const { factory } = tf.engine().registryFactory['cpu']!;
  tf.registerBackend('webgpu', factory);
  tf.copyRegisteredKernels('cpu', 'webgpu');
  await tf.setBackend('webgpu');
  return async () => {
    await tf.setBackend(before);
    for (const { kernelName } of tf.getKernelsForBackend('webgpu')) tf.unregisterKernel(kernelName, 'webgpu');
    tf.removeBackend('webgpu');
  };
}
