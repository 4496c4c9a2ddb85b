/** The updates' own op is what runs where it can; what it computes is tested in tensor-ops, with the composition it stands for. */
import { SED_MOMENTUM_STEP, updatesLists } from '@sed/tensor-ops';
import { onEveryBackend } from '@sed/testing';
import * as tf from '@tensorflow/tfjs';
import { registerNativeKernels } from './register.ts';
import type { TensorFlowBackend } from './load.ts';

onEveryBackend('updates of weights by our own op', (backend) => {
  test('lists are taken as they are on TensorFlow without a GPU', () => {
    const own =
      backend === 'tensorflow' &&
      !(tf.backend() as unknown as TensorFlowBackend).isUsingGpuDevice &&
      registerNativeKernels().own;
    expect(updatesLists()).toBe(own);
    expect(tf.getKernel(SED_MOMENTUM_STEP, backend)).toBeDefined();
  });
});
