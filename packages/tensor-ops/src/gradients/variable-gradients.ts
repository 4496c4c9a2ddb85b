import * as tf from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs-core';
import { nodesBetween, recorded, release, type TapeNode } from './tape.ts';

/**
 * A value and its gradients, as `tf.variableGrads`, in a fraction of the memory: what was kept for a node's gradient is
 * freed when that gradient has been taken, and so is the gradient of an activation when nothing needs it any more. tfjs
 * frees both when all is done, so at the end of its backward pass all activations and all their gradients are there at
 * once, and every single term of each sum of gradients.
 *
 * @param compute gives the value; not called inside another gradient
 * @param variables what to differentiate by
 * @returns the value, and for each variable its gradient, or nothing where the value does not depend on it. The caller
 *   owns them
 * @throws Error where an op has no gradient, or gives one of another shape
 */
export function variableGradients(
  compute: () => Scalar,
  variables: readonly Variable[],
): { value: Scalar; gradients: (Tensor | undefined)[] } {
  const { value, tape } = recorded(compute);
  const nodes = nodesBetween(tape, variables, value);
  const needed = new Set(nodes.map(({ id }) => id));
  release(tape.filter(({ id }) => !needed.has(id)));

  const sums = new Sums();
  try {
    sums.add(value.id, tf.ones(value.shape));
    while (nodes.length > 0) {
      const node = nodes.pop()!;
      takeGradients(node, sums);
      for (const output of node.outputs) sums.drop(output.id);
      release([node]);
    }
  } catch (error) {
    sums.dropAll();
    release(nodes);
    value.dispose();
    throw error;
  }
  const gradients = variables.map(({ id }) => sums.take(id));
  sums.dropAll();
  return { value, gradients };
}

/** Adds the gradients of a node's inputs to the sums. All else that it makes on the way is freed. */
function takeGradients(node: TapeNode, sums: Sums): void {
  const { kernelName, inputs, outputs, gradient } = node;
  if (gradient == null) throw new Error(`variableGradients: the op ${kernelName} has no gradient.`);
  const engine = tf.engine();
  engine.startScope(kernelName);
  try {
    const functions = gradient(outputs.map(({ id }) => sums.get(id) ?? null));
    for (const [name, input] of Object.entries(inputs)) {
      const dx = functions[name] && tf.tidy(functions[name]);
      if (dx === undefined || dx.dtype !== 'float32' || !tf.util.arraysEqual(dx.shape, input.shape)) {
        throw new Error(
          `variableGradients: the op ${kernelName} has an input '${name}' [${input.shape}], and for it ` +
            (dx === undefined ? 'no gradient.' : `a gradient ${dx.dtype} [${dx.shape}].`),
        );
      }
      sums.add(input.id, dx);
    }
  } finally {
    engine.endScope();
  }
}

/**
 * Gradients by the id of their tensor. One tensor may be the gradient of several (an op may pass on what it got), so it
 * is freed with the last of them.
 */
class Sums {
  readonly #byId = new Map<number, Tensor>();
  readonly #uses = new Map<Tensor, number>();

  get(id: number): Tensor | undefined {
    return this.#byId.get(id);
  }

  /** Takes `term` over. */
  add(id: number, term: Tensor): void {
    const before = this.#byId.get(id);
    if (before === undefined) {
      this.#hold(id, term);
      return;
    }
    const sum = tf.add(before, term);
    this.drop(id);
    this.#hold(id, sum);
    // a term that is the gradient of something else too stays
    if (!this.#uses.has(term)) term.dispose();
  }

  /** Frees the gradient of a tensor, unless it is another's too. */
  drop(id: number): void {
    const tensor = this.#byId.get(id);
    if (tensor === undefined) return;
    this.#byId.delete(id);
    const uses = this.#uses.get(tensor)! - 1;
    if (uses > 0) this.#uses.set(tensor, uses);
    else {
      this.#uses.delete(tensor);
      tensor.dispose();
    }
  }

  dropAll(): void {
    for (const id of [...this.#byId.keys()]) this.drop(id);
  }

  /** Hands a gradient out, as a tensor that is nobody else's. */
  take(id: number): Tensor | undefined {
    const tensor = this.#byId.get(id);
    if (tensor === undefined) return undefined;
    const own = tf.clone(tensor);
    this.drop(id);
    return own;
  }

  #hold(id: number, tensor: Tensor): void {
    this.#byId.set(id, tf.keep(tensor));
    this.#uses.set(tensor, (this.#uses.get(tensor) ?? 0) + 1);
  }
}
