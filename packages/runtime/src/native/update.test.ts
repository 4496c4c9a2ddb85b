/**
 * The updates' own op is what runs where it can; what it computes is tested in tensor-ops, with the composition it
 * stands for.
 */
import { updatesLists } from '@sed/tensor-ops/update';
import { momentumStepKernel } from '@sed/tensor-ops/kernels';
import { onEveryBackend } from '@sed/testing';
import * as tf from '@tensorflow/tfjs';
import { tensorFlow } from './backend.ts';
import { registerNativeKernels } from './register.ts';

onEveryBackend('updates of weights by our own op', (backend) => {
  test('lists are taken as they are on TensorFlow without a GPU', () => {
    const own = backend === 'tensorflow' && !tensorFlow().isUsingGpuDevice && registerNativeKernels().own;
    expect(updatesLists()).toBe(own);
    expect(tf.getKernel(momentumStepKernel.name, backend) !== undefined).toBe(own);
  });
});
