import { createGroupedSampler, isTall } from './grouped-sampler.ts';
import { createSampler } from './sampler.ts';

const wide = { width: 640, height: 480 };
const tall = { width: 480, height: 640 };
/** `t` tall images among `w` wide ones, mixed. */
const images = (w: number, t: number) =>
  Array.from({ length: w + t }, (_, i) => ((i * t) % (w + t) < t ? tall : wide)).slice(0, w + t);
const take = (sampler: { at(i: number): number }, n: number, from = 0) =>
  Array.from({ length: n }, (_, i) => sampler.at(from + i));

test.each([
  [7, 3, 4],
  [30, 1, 4],
  [1, 30, 4],
  [5, 5, 2],
  [101, 13, 16],
  [2, 1, 8],
])('%d wide and %d tall images in batches of %d: one orientation a batch, all images equally often', (w, t, batch) => {
  const data = images(w, t);
  expect(data.filter(isTall)).toHaveLength(t);
  const sampler = createGroupedSampler(data, batch, 11, 'labeled-order');
  const n = w + t;
  const counts = new Array<number>(n).fill(0);
  const batches = 6 * n;
  let tallBatches = 0;
  for (let b = 0; b < batches; b++) {
    const drawn = take(sampler, batch, b * batch);
    const kinds = new Set(drawn.map((i) => isTall(data[i]!)));
    expect(kinds.size).toBe(1);
    if (kinds.has(true)) tallBatches++;
    drawn.forEach((i) => counts[i]!++);
    // the share of each group holds at all times, to within one batch
    expect(Math.abs(tallBatches - ((b + 1) * t) / n)).toBeLessThanOrEqual(1);
    // and nobody of a group comes again before all of it have come
    for (const isOne of [true, false]) {
      const group = counts.filter((_, i) => isTall(data[i]!) === isOne);
      expect(Math.max(...group) - Math.min(...group)).toBeLessThanOrEqual(1);
    }
  }
  // whole rounds of n batches give every group exactly its share: every image came 6 · batch times
  expect(counts).toEqual(new Array(n).fill(6 * batch));
});

test('a position means the same image whatever was drawn before; seeds and streams differ', () => {
  const data = images(20, 9);
  const whole = take(createGroupedSampler(data, 4, 3, 's'), 400);
  expect(take(createGroupedSampler(data, 4, 3, 's'), 93, 307)).toEqual(whole.slice(307));
  expect([399, 5, 250, 0].map((i) => createGroupedSampler(data, 4, 3, 's').at(i))).toEqual(
    [399, 5, 250, 0].map((i) => whole[i]),
  );
  expect(take(createGroupedSampler(data, 4, 4, 's'), 400)).not.toEqual(whole);
  expect(take(createGroupedSampler(data, 4, 3, 'u'), 400)).not.toEqual(whole);
});

test('where all lie one way, or a batch is one image, it is the order without groups', () => {
  const plain = take(createSampler(9, 3, 's'), 50);
  for (const data of [images(9, 0), images(0, 9), Array(9).fill({})]) {
    expect(take(createGroupedSampler(data, 4, 3, 's'), 50)).toEqual(plain);
  }
  expect(take(createGroupedSampler(images(5, 4), 1, 3, 's'), 50)).toEqual(plain);
});

test('square images and those of unknown size count as wide', () => {
  expect([{ width: 5, height: 5 }, {}, { width: 5 }, wide].some(isTall)).toBe(false);
  expect(isTall(tall)).toBe(true);
});
