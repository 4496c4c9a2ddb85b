/**
 * Many small tensors as a few long vectors. An optimiser step on a hundred variables is then a handful of ops instead of a thousand,
 * each of which costs tens of microseconds whatever its size.
 */
import * as tf from '@tensorflow/tfjs-core';

/** Values in one vector: 16 MB, so that the temporary copies of a large model stay small. */
const BUCKET_VALUES = 1 << 22;

export interface Bucket {
  readonly names: readonly string[];
  readonly shapes: readonly (readonly number[])[];
  readonly sizes: readonly number[];
  readonly total: number;
}

/** Names in their order, gathered into buckets. A tensor larger than a bucket has one of its own. */
export function bucketsOf(shapes: ReadonlyMap<string, readonly number[]>, limit = BUCKET_VALUES): Bucket[] {
  const buckets: { names: string[]; shapes: (readonly number[])[]; sizes: number[]; total: number }[] = [];
  for (const [name, shape] of shapes) {
    const size = shape.reduce((a, b) => a * b, 1);
    let last = buckets.at(-1);
    if (!last || last.total + size > limit) buckets.push((last = { names: [], shapes: [], sizes: [], total: 0 }));
    last.names.push(name);
    last.shapes.push(shape);
    last.sizes.push(size);
    last.total += size;
  }
  return buckets;
}

/** The tensors of a bucket end to end, `[total]`. A missing one counts as zeros. */
export function flatten(bucket: Bucket, tensors: ReadonlyMap<string, tf.Tensor>): tf.Tensor1D {
  return tf.tidy(() =>
    tf.concat1d(
      bucket.names.map((name, i) => {
        const tensor = tensors.get(name);
        return tensor ? tf.reshape(tensor, [bucket.sizes[i]!]) : tf.zeros([bucket.sizes[i]!]);
      }) as tf.Tensor1D[],
    ),
  );
}

/** The reverse of {@link flatten}: new tensors in the bucket's order. */
export function unflatten(bucket: Bucket, flat: tf.Tensor1D): tf.Tensor[] {
  return tf.tidy(() => {
    const parts = bucket.sizes.length === 1 ? [flat] : tf.split(flat, [...bucket.sizes]);
    return parts.map((part, i) => tf.reshape(part, [...bucket.shapes[i]!]));
  });
}
