/**
 * What watching costs, and what handing an op over costs: measured on the machine and in the process that is measured.
 */
import * as tf from '@tensorflow/tfjs-core';
import { hookKernel } from './hooks.ts';
import { Recorder } from './recorder.ts';

const CALLS = 5000;
const ROUNDS = 5;

/**
 * Milliseconds that the recorder adds to one kernel: one that does nothing, with and without it; the least of some
 * rounds.
 */
export function watchingCost(): number {
  const state = { numBytes: 0 };
  const x = { dataId: {}, shape: [1, 24, 24, 256], dtype: 'float32' } as tf.TensorInfo;
  const y = { ...x, dataId: {} };
  const config: tf.KernelConfig = { kernelName: 'SedBenchNothing', backendName: 'none', kernelFunc: () => y };
  const call = { inputs: { x }, attrs: {}, backend: {} };
  const time = (): number => {
    const begun = performance.now();
    for (let i = 0; i < CALLS; i++) config.kernelFunc(call);
    return (performance.now() - begun) / CALLS;
  };
  const bare = least(time);
  const watched = least(() => {
    const unhook = hookKernel(config, new Recorder(), { state });
    try {
      return time();
    } finally {
      unhook();
    }
  });
  return Math.max(0, watched - bare);
}

/** Milliseconds of an op on one value on the current backend: nearly all of it is handing over. */
export function dispatchCost(): number {
  const x = tf.scalar(1);
  const once = (): number => {
    const begun = performance.now();
    for (let i = 0; i < 200; i++) tf.tidy(() => void tf.add(x, x));
    return (performance.now() - begun) / 200;
  };
  const cost = least(once);
  x.dispose();
  return cost;
}

function least(time: () => number): number {
  return Math.min(...Array.from({ length: ROUNDS }, time));
}
