/** Losses, norms and measures of a step, from the device. */
import * as tf from '@tensorflow/tfjs-core';
import type { Differentiated } from '../differentiate.ts';
import type { Measure, MeasuredValue } from '../method.ts';

/** What one backward pass gave; its gradients are with the optimizer. */
export interface PartResult extends Pick<Differentiated, 'losses' | 'weights' | 'measured'> {
  /** The name of the method's part. */
  readonly part: string;
  /** Of the step. */
  readonly share: number;
}

interface Numbers {
  readonly norms: ReadonlyMap<string, number>;
  readonly losses: ReadonlyMap<string, number>;
  readonly totals: ReadonlyMap<string, number>;
  readonly total: number;
  readonly measured: Readonly<Record<string, MeasuredValue>>;
}

/** Downloads everything in one piece: each download waits for the device. Disposes of what it reads. */
export async function readNumbers(
  results: readonly PartResult[],
  norms: ReadonlyMap<string, tf.Scalar>,
): Promise<Numbers> {
  const tensors = [
    ...norms.values(),
    ...results.flatMap(({ losses, measured }) => [...losses.values(), ...[...measured.values()].map((m) => m.value)]),
  ];
  const joined = tf.tidy(() => tf.concat1d(tensors.map((t) => tf.reshape<tf.Rank.R1>(tf.cast(t, 'float32'), [-1]))));
  tf.dispose(tensors);
  const values = await joined.data<'float32'>();
  joined.dispose();

  let at = 0;
  const read = new Map([...norms.keys()].map((name) => [name, values[at++]!]));
  const losses = new Map<string, number>();
  const weighted = new Map<string, { part: string; value: number }>();
  const measured = new Map<string, { measure: Measure; values: number[] }>();
  for (const result of results) {
    for (const name of result.losses.keys()) {
      const value = values[at++]!;
      losses.set(name, (losses.get(name) ?? 0) + value * result.share);
      const before = weighted.get(name)?.value ?? 0;
      weighted.set(name, { part: result.part, value: before + value * result.weights.get(name)! });
    }
    for (const [name, measure] of result.measured) {
      const found = Array.from(values.subarray(at, at + measure.value.size));
      at += measure.value.size;
      const before = measured.get(name)?.values;
      const add = (value: number, i: number): number =>
        measure.over === 'sum' ? value + (before?.[i] ?? 0) : Math.max(value, before?.[i] ?? value);
      measured.set(name, { measure, values: found.map(add) });
    }
  }
  return {
    norms: read,
    losses,
    totals: sumsOfParts([...weighted.values()]),
    total: [...weighted.values()].reduce((sum, { value }) => sum + value, 0),
    measured: Object.fromEntries([...measured].map(([name, found]) => [name, reported(found)])),
  };
}

function sumsOfParts(terms: readonly { part: string; value: number }[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { part, value } of terms) sums.set(part, (sums.get(part) ?? 0) + value);
  return sums;
}

function reported({ measure, values }: { measure: Measure; values: number[] }): MeasuredValue {
  const { names, value } = measure;
  if (names) return Object.fromEntries(names.map((name, i) => [name, values[i]!]));
  return value.rank === 0 ? values[0]! : values;
}
