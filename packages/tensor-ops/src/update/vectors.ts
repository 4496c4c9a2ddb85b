/** Lists of tensors as long vectors and back. */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';

/** Values in one bucket: 16 MB, so that what a step makes before it frees what was there stays small. */
const BUCKET_VALUES = 1 << 22;

/** Some of a model's tensors, in its order. */
export interface Bucket {
  readonly names: readonly string[];
  readonly shapes: readonly (readonly number[])[];
  /** Values of all. */
  readonly total: number;
}

/** Names in their order, gathered into buckets. A tensor larger than a bucket has one of its own. */
export function bucketsOf(shapes: ReadonlyMap<string, readonly number[]>, limit = BUCKET_VALUES): Bucket[] {
  const buckets: { names: string[]; shapes: (readonly number[])[]; total: number }[] = [];
  for (const [name, shape] of shapes) {
    const size = tf.util.sizeFromShape([...shape]);
    let last = buckets.at(-1);
    if (!last || last.total + size > limit) buckets.push((last = { names: [], shapes: [], total: 0 }));
    last.names.push(name);
    last.shapes.push(shape);
    last.total += size;
  }
  return buckets;
}

/** The tensors end to end: a new tensor `[values of all]`. */
export function joinList(list: readonly Tensor[]): Tensor1D {
  const flat = list.map((t): Tensor1D => tf.reshape(t, [t.size]));
  const joined = flat.length === 1 ? flat[0]! : tf.concat1d(flat);
  if (flat.length > 1) tf.dispose(flat);
  return joined;
}

/** The reverse of {@link joinList}: new tensors of these shapes. */
export function cutVector(vector: Tensor1D, shapes: readonly (readonly number[])[]): Tensor[] {
  return tf.tidy(() => {
    const parts =
      shapes.length === 1
        ? [vector]
        : tf.split(
            vector,
            shapes.map((s) => tf.util.sizeFromShape([...s])),
          );
    return parts.map((part, i) => tf.reshape(part, [...shapes[i]!]));
  });
}
