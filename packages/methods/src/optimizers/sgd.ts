/**
 * Stochastic gradient descent with momentum and weight decay, torch's: `g += wd · w; v = m · v + g; w -= lr · v`, v = 0
 * at first.
 */
import { bucketsOf, cutVector, joinList, momentumStep, squaredNorm, updatesLists } from '@sed/tensor-ops/update';
import * as tf from '@tensorflow/tfjs-core';
import type { Optimizer } from './optimizer.ts';

export interface SgdSettings {
  readonly momentum: number;
  readonly weightDecay: number;
}

/** @param variables what is trained, by name; updated in place by `step` */
export function createSgd(variables: ReadonlyMap<string, tf.Variable>, settings: SgdSettings): Optimizer {
  const { momentum, weightDecay } = settings;
  const buckets = bucketsOf(new Map([...variables].map(([name, v]) => [name, v.shape])));
  /** By bucket; none before the first step, where it is zero, and none without momentum. */
  let velocity: tf.Tensor[][] = buckets.map(() => []);

  /** A bucket's tensors as they are kept. */
  const pack = (list: tf.Tensor[]): tf.Tensor[] => {
    const packed = updatesLists() ? list.map((t) => tf.clone(t)) : [tf.tidy(() => joinList(list))];
    return packed.map((t) => tf.keep(t));
  };

  const update = (at: number, terms: tf.Tensor[][], lr: number, scale: number): void => {
    const trained = buckets[at]!.names.map((name) => variables.get(name)!);
    const next = momentumStep(trained, velocity[at]!, terms, { lr, momentum, weightDecay, scale });
    tf.dispose([velocity[at]!, terms]);
    if (momentum > 0) velocity[at] = next.velocities.map((v) => tf.keep(v));
    else tf.dispose(next.velocities);
    trained.forEach((variable, i) => {
      variable.assign(next.weights[i]!);
      next.weights[i]!.dispose(); // the variable holds the data now
    });
  };

  return {
    collect(gradients) {
      return buckets.map(({ names, shapes }) => {
        const list = names.map((name, i) => gradients.get(name) ?? tf.keep(tf.zeros([...shapes[i]!])));
        if (updatesLists()) return list;
        const packed = pack(list);
        tf.dispose(list);
        return packed;
      });
    },
    accumulate(sum, more) {
      sum.forEach((list, b) =>
        list.forEach((term, i) => {
          list[i] = tf.keep(tf.add(term, more[b]![i]!));
          tf.dispose([term, more[b]![i]!]);
        }),
      );
    },
    norm: (terms) => tf.tidy(() => tf.sqrt(squaredNorm(terms.map((term) => term.flat())))),
    step(terms, lr, scale = 1) {
      buckets.forEach((_, at) =>
        update(
          at,
          terms.map((term) => term[at]!),
          lr,
          scale,
        ),
      );
    },
    state() {
      const named = new Map<string, tf.Tensor>();
      buckets.forEach(({ names, shapes }, at) => {
        const [first, ...others] = velocity[at]!;
        let list: tf.Tensor[];
        if (first === undefined) list = shapes.map((shape) => tf.zeros([...shape]));
        else if (others.length === 0) list = cutVector(first as tf.Tensor1D, shapes);
        else list = velocity[at]!.map((v) => tf.clone(v));
        names.forEach((name, i) => named.set(name, list[i]!));
      });
      return named;
    },
    restore(state) {
      for (const [name, variable] of variables) {
        const found = state.get(name);
        if (!found)
          throw new Error(`The optimizer's state has no momentum for "${name}"; it belongs to another model.`);
        if (found.shape.join() !== variable.shape.join()) {
          throw new Error(
            `The momentum of "${name}" is [${found.shape}], the parameter [${variable.shape}]; the state belongs to another model.`,
          );
        }
      }
      tf.dispose(velocity);
      velocity = buckets.map(({ names }) => (momentum > 0 ? pack(names.map((name) => state.get(name)!)) : []));
    },
    dispose() {
      tf.dispose(velocity);
    },
  };
}
