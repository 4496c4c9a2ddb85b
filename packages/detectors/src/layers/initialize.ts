/** Fresh weights, each a function of the seed and its own name. */
import * as tf from '@tensorflow/tfjs-core';
import { randomStream, type RandomStream } from '@sed/geometry';
import type { Initializer, ParameterDefinition } from './definition.ts';

function draw(initializer: Initializer, count: number, random: RandomStream): Float32Array {
  const values = new Float32Array(count);
  switch (initializer.kind) {
    case 'constant':
      return values.fill(initializer.value);
    case 'uniform':
      return values.map(() => random.uniform(-initializer.bound, initializer.bound));
    case 'normal':
      return values.map(() => random.normal() * initializer.deviation);
  }
}

/** @returns the definitions' tensors in their order; the caller owns them */
export function initializeParameters(
  definitions: readonly ParameterDefinition[],
  seed: number,
): Map<string, tf.Tensor> {
  return new Map(
    definitions.map(({ name, shape, initializer }) => {
      const count = shape.reduce((a, b) => a * b, 1);
      const values = draw(initializer, count, randomStream(seed, 'initialize', name));
      return [name, tf.tensor(values, [...shape], 'float32')];
    }),
  );
}
