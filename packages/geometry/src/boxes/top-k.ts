/**
 * Indices of the `k` highest scores above `threshold`, best first; equal scores in the order of their index. Reads each
 * score once and keeps a heap of k, so it suits millions of scores of which few count.
 *
 * @param scores any length; NaN is never chosen
 * @param k how many at most; Infinity for all
 * @param threshold a score must be greater than this; default -Infinity
 */
export function topK(scores: ArrayLike<number>, k: number, threshold: number = -Infinity): Int32Array {
  if (!(k >= 0)) throw new Error(`topK: k must be 0 or more, got ${k}`);
  const heap: number[] = [];
  if (k === 0) return new Int32Array(0);
  // The root is the worst of those kept: the lowest score, and of equal ones the highest index.
  const worse = (a: number, b: number): boolean => scores[a]! < scores[b]! || (scores[a]! === scores[b]! && a > b);
  let bar = threshold;
  for (let i = 0; i < scores.length; i++) {
    if (!(scores[i]! > bar)) continue;
    if (heap.length < k) {
      siftUp(heap, i, worse);
    } else {
      replaceRoot(heap, i, worse);
    }
    if (heap.length >= k) bar = scores[heap[0]!]!;
  }
  return Int32Array.from(heap).sort((a, b) => scores[b]! - scores[a]! || a - b);
}

type Worse = (a: number, b: number) => boolean;

function siftUp(heap: number[], item: number, worse: Worse): void {
  let at = heap.length;
  heap.push(item);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!worse(item, heap[parent]!)) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = item;
}

function replaceRoot(heap: number[], item: number, worse: Worse): void {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && worse(heap[child + 1]!, heap[child]!)) child++;
    if (!worse(heap[child]!, item)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = item;
}
