import { onEveryBackend } from '@sed/testing';
import * as tf from '@tensorflow/tfjs-core';
import type { NetworkPlan } from './method.ts';
import {
  disposeNetworks,
  moveAverages,
  parametersOf,
  startNetworks,
  trainedNetwork,
  type Networks,
} from './networks.ts';
import { createSgd } from './optimizers/sgd.ts';
import type { Detector } from '@sed/detectors';

const detector = {
  parameters: [
    { name: 'w', shape: [2], trainable: true },
    { name: 'fixed', shape: [1], trainable: false },
  ],
} as unknown as Pick<Detector, 'parameters'>;

/** A network `a` with w = [1, 2] and fixed = [5], which `set` gives other weights. */
function start(): { networks: Networks; set: (w: readonly number[]) => void } {
  const weights = new Map([
    ['w', tf.tensor1d([1, 2])],
    ['fixed', tf.tensor1d([5])],
  ]);
  const network = trainedNetwork(detector, weights, (variables) =>
    createSgd(variables, { momentum: 0.9, weightDecay: 0 }),
  );
  const set = (w: readonly number[]) => tf.tidy(() => network.trainable.get('w')!.assign(tf.tensor1d([...w])));
  return { networks: new Map([['a', network]]), set };
}
const valuesOf = (networks: Networks, name: string): number[] =>
  ['w', 'fixed'].flatMap((parameter) => [...networks.get(name)!.parameters.get(parameter)!.dataSync()]);
const average = (of: string, from: number, alpha: number): NetworkPlan => ({
  role: 'averaged',
  of,
  from,
  alpha: () => alpha,
});

onEveryBackend('networks', () => {
  test('a trained one takes its weights over: those that are trained are variables', () => {
    const before = tf.memory().numTensors;
    const { networks } = start();
    expect(tf.memory().numTensors).toBe(before + 2);
    const network = networks.get('a')!;
    expect(network.role === 'trained' && [...network.trainable.keys()]).toEqual(['w']);
    expect(valuesOf(networks, 'a')).toEqual([1, 2, 5]);
    expect(Object.keys(parametersOf(networks))).toEqual(['a']);
    disposeNetworks(networks);
    expect([networks.size, tf.memory().numTensors]).toEqual([0, before]);
  });

  test('others start when their time has come, as copies, and only once', () => {
    const before = tf.memory().numTensors;
    const { networks, set } = start();
    const plans = {
      a: { role: 'trained' },
      mean: average('a', 2, 0.5),
      old: { role: 'frozen', of: 'a', from: 3 },
    } as const;
    startNetworks(networks, plans, 1);
    expect([...networks.keys()]).toEqual(['a']);
    startNetworks(networks, plans, 2);
    expect([...networks.keys()]).toEqual(['a', 'mean']);
    expect(valuesOf(networks, 'mean')).toEqual([1, 2, 5]);
    set([3, 4]);
    expect(valuesOf(networks, 'mean')).toEqual([1, 2, 5]);
    startNetworks(networks, plans, 3);
    expect(valuesOf(networks, 'old')).toEqual([3, 4, 5]);
    set([9, 9]);
    const tensors = tf.memory().numTensors;
    startNetworks(networks, plans, 4);
    moveAverages(networks, { ...plans, mean: average('a', 2, 1) }, 3);
    expect(tf.memory().numTensors).toBe(tensors);
    expect([valuesOf(networks, 'mean'), valuesOf(networks, 'old')]).toEqual([
      [1, 2, 5],
      [3, 4, 5],
    ]);
    disposeNetworks(networks);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('an average moves by its α, one of an average towards where that has moved to', () => {
    const { networks, set } = start();
    const plans = { a: { role: 'trained' }, mean: average('a', 0, 0.5), slow: average('mean', 0, 0.75) } as const;
    startNetworks(networks, plans, 0);
    set([3, -2]);
    const tensors = tf.memory().numTensors;
    moveAverages(networks, plans, 0);
    expect(tf.memory().numTensors).toBe(tensors);
    // 0.5 · 1 + 0.5 · 3 and 0.5 · 2 - 0.5 · 2, then 0.75 · 1 + 0.25 · 2 and 0.75 · 2 + 0.25 · 0; what is not trained
    // stays
    expect(valuesOf(networks, 'mean')).toEqual([2, 0, 5]);
    expect(valuesOf(networks, 'slow')).toEqual([1.25, 1.5, 5]);
    expect(valuesOf(networks, 'a')).toEqual([3, -2, 5]);
    disposeNetworks(networks);
  });

  test('α is asked for by the step, and not before the average is there', () => {
    const { networks, set } = start();
    const asked: number[] = [];
    const alpha = (step: number): number => {
      asked.push(step);
      return 0;
    };
    const plans = { a: { role: 'trained' }, mean: { role: 'averaged', of: 'a', from: 2, alpha } } as const;
    for (let step = 0; step < 4; step++) {
      set([step, step]);
      moveAverages(networks, plans, step);
      startNetworks(networks, plans, step + 1);
    }
    expect(asked).toEqual([2, 3]);
    expect(valuesOf(networks, 'mean')).toEqual([3, 3, 5]);
    disposeNetworks(networks);
  });
});
