/** Lists of boxes `[N, 4]` in typed arrays. */

/** The boxes at `indices`, in that order. */
export function pickBoxes(boxes: Float32Array, indices: ArrayLike<number>): Float32Array {
  const picked = new Float32Array(4 * indices.length);
  for (let i = 0; i < indices.length; i++) {
    const from = 4 * indices[i]!;
    picked.set(boxes.subarray(from, from + 4), 4 * i);
  }
  return picked;
}

/** One list after the other. */
export function joinBoxes(lists: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(lists.reduce((length, list) => length + list.length, 0));
  lists.reduce((at, list) => (joined.set(list, at), at + list.length), 0);
  return joined;
}
