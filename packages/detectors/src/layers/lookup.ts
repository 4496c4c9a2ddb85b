/** Finding a parameter by name. */
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Parameters } from '../types.ts';

/** @throws if the map lacks the name: says which, and what there is of the same layer. */
export function parameter(parameters: Parameters, name: string): Tensor {
  const found = parameters.get(name);
  if (found) return found;
  const layer = name.slice(0, name.lastIndexOf('.'));
  const near = [...parameters.keys()].filter((key) => key.startsWith(layer)).slice(0, 5);
  throw new Error(
    `The weights have no parameter "${name}" (${parameters.size} are there` +
      `${near.length ? `; of this layer: ${near.join(', ')}` : ''}). They belong to another architecture: ` +
      `compare them with detector.parameters.`,
  );
}

export const kernelOf = (parameters: Parameters, name: string): Tensor4D => parameter(parameters, name) as Tensor4D;
export const vectorOf = (parameters: Parameters, name: string): Tensor1D => parameter(parameters, name) as Tensor1D;
