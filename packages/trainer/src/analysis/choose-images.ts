import { randomStream } from '@sed/geometry';

/** `count` of `items` (all, if there are no more), drawn by the seed, in their own order. */
export function chooseImages<T>(items: readonly T[], count: number, seed: number, stream: string): T[] {
  if (count >= items.length) return [...items];
  const order = randomStream(seed, stream).permutation(items.length);
  return [...order.subarray(0, count)].sort((a, b) => a - b).map((i) => items[i]!);
}
