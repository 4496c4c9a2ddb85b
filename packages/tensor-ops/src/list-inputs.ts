/** Lists of tensors among a kernel's inputs, which tfjs has by name alone: `weight0`, `weight1`, … */
import type { Tensor } from '@tensorflow/tfjs-core';

/** Inputs that are lists of these names. */
export type ListInputs<Name extends string> = Readonly<Record<`${Name}${number}`, Tensor>>;

/** The inputs that a list is. */
export function listInputs<Name extends string>(name: Name, list: readonly Tensor[]): ListInputs<Name> {
  return Object.fromEntries(list.map((tensor, i) => [`${name}${i}`, tensor])) as ListInputs<Name>;
}

/** A list of a kernel's inputs, in its order. */
export function inputList<Name extends string>(inputs: ListInputs<NoInfer<Name>>, name: Name, count: number): Tensor[] {
  return Array.from({ length: count }, (_, i) => inputs[`${name}${i}` as const]);
}
