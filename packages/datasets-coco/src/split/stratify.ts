import { Mt19937, numpyPermutation } from './mt19937.ts';

/**
 * Draws `size` items so that each class has its share among them: iterative stratification (Sechidis, Tsoumakas and
 * Vlahavas 2011, Algorithm 1) into two parts. The class with the fewest items left goes first; each of its items goes
 * to the part that wants most of that class, then to the part that wants most items, then to one drawn. Differences
 * from the paper: a part that has its number of items takes no more, so `size` is exact; and classes whose share is
 * less than one item are seen to before: as long as there is room, the item with the most such classes that have none
 * yet is drawn. Items without a class fill up the parts.
 *
 * @returns positions of the drawn items, rising; a function of the arguments.
 */
export function stratifiedChoice(options: {
  classesOf: readonly (readonly number[])[];
  classes: number;
  size: number;
  seed: number;
}): number[] {
  const { classesOf, classes, size, seed } = options;
  const count = classesOf.length;
  if (!(Number.isInteger(size) && size >= 1 && size <= count)) {
    throw new Error(`size is ${size}; it must be a whole number from 1 to ${count}, the number of images.`);
  }
  const order = numpyPermutation(Array(count).keys(), seed);
  const random = new Mt19937(seed);
  const itemsOf: number[][] = Array.from({ length: classes }, () => []);
  for (const item of order) for (const c of classesOf[item] as readonly number[]) itemsOf[c]!.push(item);

  const share = size / count;
  const room = [size, count - size];
  const wanted = itemsOf.map((items) => {
    const drawn = items.length === 0 ? 0 : Math.max(1, items.length * share);
    return [drawn, items.length - drawn];
  });
  const left = itemsOf.map((items) => items.length);
  const taken = new Uint8Array(count);
  const drawn: number[] = [];

  const place = (item: number, part: number) => {
    taken[item] = 1;
    room[part]!--;
    if (part === 0) drawn.push(item);
    for (const c of classesOf[item] as readonly number[]) {
      wanted[c]![part]!--;
      left[c]!--;
    }
  };

  coverRare(classesOf, order, (c) => itemsOf[c]!.length * share < 1, size).forEach((item) => place(item, 0));
  for (;;) {
    let rarest = -1;
    for (let c = 0; c < classes; c++) {
      if (left[c]! > 0 && (rarest < 0 || left[c]! < left[rarest]!)) rarest = c;
    }
    if (rarest < 0) break;
    for (const item of itemsOf[rarest]!) {
      if (taken[item] === 1) continue;
      if (room[0] === 0 || room[1] === 0) {
        place(item, room[0] === 0 ? 1 : 0);
        continue;
      }
      const more = wanted[rarest]![0]! - wanted[rarest]![1]! || room[0]! - room[1]!;
      place(item, more > 0 ? 0 : more < 0 ? 1 : random.next() & 1);
    }
  }
  for (const item of order) if (taken[item] === 0) place(item, room[0]! > 0 ? 0 : 1);
  return drawn.sort((a, b) => a - b);
}

/** Greedy cover: items, at most `most`, such that as many of the rare classes as can be have one. */
function coverRare(
  classesOf: readonly (readonly number[])[],
  order: readonly number[],
  isRare: (c: number) => boolean,
  most: number,
): number[] {
  const missing = new Set(classesOf.flat().filter(isRare));
  const chosen: number[] = [];
  while (missing.size > 0 && chosen.length < most) {
    let best = -1;
    let gain = 0;
    for (const item of order) {
      let covers = 0;
      for (const c of classesOf[item] as readonly number[]) if (missing.has(c)) covers++;
      if (covers > gain) [best, gain] = [item, covers];
    }
    chosen.push(best);
    for (const c of classesOf[best] as readonly number[]) missing.delete(c);
  }
  return chosen;
}
