import { Tensor } from '@tensorflow/tfjs-core';
import { shown } from './options.ts';

/** `[8, 3]`, as messages show shapes. */
export const shapeOf = ({ shape }: Pick<Tensor, 'shape'>): string => `[${shape.join(', ')}]`;

/**
 * Refuses what is no tensor of float32 that holds its values still, and one of another rank.
 * @param caller the function that was called, which the error begins with
 * @param name what the argument is called there
 * @param ranks those that are accepted
 * @param wanted the shapes in words, after "it must be"
 * @throws Error that names the argument, and its rank and shape
 */
export function checkTensor(
  caller: string,
  name: string,
  value: unknown,
  ranks: readonly number[],
  wanted: string,
): asserts value is Tensor {
  if (!(value instanceof Tensor)) {
    throw new Error(`${caller}: ${name} is ${shown(value)}, not a tensor; it must be ${wanted}.`);
  }
  if (value.isDisposed) throw new Error(`${caller}: ${name} is disposed; free it after the last use.`);
  if (!ranks.includes(value.rank)) {
    throw new Error(`${caller}: ${name} has rank ${value.rank}, shape ${shapeOf(value)}; it must be ${wanted}.`);
  }
  if (value.dtype !== 'float32') {
    throw new Error(`${caller}: ${name} ${shapeOf(value)} is of ${value.dtype}; it must be of float32.`);
  }
}
