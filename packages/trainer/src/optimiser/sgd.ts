/** Stochastic gradient descent with momentum and weight decay, torch's: `g += wd · w; v = m · v + g; w -= lr · v`, v = 0 at first. */
import * as tf from '@tensorflow/tfjs-core';
import { bucketsOf, flatten, unflatten } from './buckets.ts';

export interface SgdSettings {
  readonly momentum: number;
  readonly weightDecay: number;
}

/** Gradients of one step, as the optimiser's own long vectors. Dispose with {@link Sgd.step} or `tf.dispose`. */
export type FlatGradients = tf.Tensor1D[];

export interface Sgd {
  /** The gradients as long vectors; `gradients` stay the caller's. A variable without a gradient gets zeros. */
  collect(gradients: ReadonlyMap<string, tf.Tensor>): FlatGradients;
  /** `sum += more`, in place. `more` is disposed. */
  accumulate(sum: FlatGradients, more: FlatGradients): void;
  /** Global L2 norm, a scalar. */
  norm(gradients: FlatGradients): tf.Scalar;
  /** Updates the variables in place with `scale · gradients` and disposes `gradients`. */
  step(gradients: FlatGradients, lr: number, scale?: number): void;
  /** Momentum by variable name, in the variables' shapes. The caller owns the tensors. */
  state(): Map<string, tf.Tensor>;
  /** The reverse of `state`. The tensors stay the caller's. */
  restore(state: ReadonlyMap<string, tf.Tensor>): void;
  dispose(): void;
}

/** @param variables what is trained, by name; updated in place by `step` */
export function createSgd(variables: ReadonlyMap<string, tf.Variable>, settings: SgdSettings): Sgd {
  const { momentum, weightDecay } = settings;
  const buckets = bucketsOf(new Map([...variables].map(([name, v]) => [name, v.shape])));
  const kept = (make: () => tf.Tensor1D): tf.Tensor1D => tf.keep(tf.tidy(make));
  let velocity = buckets.map((b) => kept(() => tf.zeros([b.total])));

  const update = (at: number, gradient: tf.Tensor1D, lr: number, scale: number) => {
    const bucket = buckets[at]!;
    const v = velocity[at]!;
    const [nextV, nextW] = tf.tidy(() => {
      // put together anew at each step: kept between the steps they would be a second copy of the model
      const w = flatten(bucket, variables);
      let g: tf.Tensor1D = scale === 1 ? gradient : tf.mul(gradient, scale);
      if (weightDecay > 0) g = tf.add(g, tf.mul(w, weightDecay));
      const nv: tf.Tensor1D = momentum > 0 ? tf.add(tf.mul(v, momentum), g) : tf.clone(g);
      return [nv, tf.sub(w, tf.mul(nv, lr)) as tf.Tensor1D];
    });
    tf.dispose([v, gradient]);
    velocity[at] = tf.keep(nextV!);
    unflatten(bucket, nextW!).forEach((tensor, i) => {
      variables.get(bucket.names[i]!)!.assign(tensor);
      tensor.dispose(); // the variable holds the data now
    });
    nextW!.dispose();
  };

  return {
    collect: (gradients) => buckets.map((b) => flatten(b, gradients)),
    accumulate(sum, more) {
      sum.forEach((s, i) => {
        sum[i] = tf.add(s, more[i]!);
        tf.dispose([s, more[i]!]);
      });
    },
    norm: (gradients) =>
      tf.tidy(() => tf.sqrt(gradients.map((g) => tf.sum(tf.square(g))).reduce((a, b) => tf.add(a, b))) as tf.Scalar),
    step(gradients, lr, scale = 1) {
      gradients.forEach((g, i) => update(i, g, lr, scale));
    },
    state() {
      const named = new Map<string, tf.Tensor>();
      buckets.forEach((b, i) => unflatten(b, velocity[i]!).forEach((t, j) => named.set(b.names[j]!, t)));
      return named;
    },
    restore(state) {
      for (const [name, variable] of variables) {
        const found = state.get(name);
        if (!found)
          throw new Error(`The optimiser's state has no momentum for "${name}"; it belongs to another model.`);
        if (found.shape.join() !== variable.shape.join()) {
          throw new Error(
            `The momentum of "${name}" is [${found.shape}], the parameter [${variable.shape}]; the state belongs to another model.`,
          );
        }
      }
      tf.dispose(velocity);
      velocity = buckets.map((b) => kept(() => flatten(b, state)));
    },
    dispose() {
      tf.dispose(velocity);
    },
  };
}

/** The factor that takes a gradient of norm `norm` to at most `limit`, as torch's `clip_grad_norm_` computes it. */
export function clipFactor(norm: number, limit: number | null): number {
  return limit === null ? 1 : Math.min(1, limit / (norm + 1e-6));
}
