import { createLimit } from './limit.ts';

const later = () => new Promise(setImmediate);

test('as many at a time as it says, in the order they came, whatever fails', async () => {
  const limited = createLimit(2);
  const begun: number[] = [];
  let running = 0;
  let most = 0;
  const results = await Promise.allSettled(
    [0, 1, 2, 3, 4, 5].map((i) =>
      limited(async () => {
        begun.push(i);
        most = Math.max(most, ++running);
        await later();
        running--;
        if (i % 2 === 1) throw new Error(`no ${i}`);
        return i;
      }),
    ),
  );
  expect(most).toBe(2);
  expect(begun).toEqual([0, 1, 2, 3, 4, 5]);
  expect(results.map((r) => (r.status === 'fulfilled' ? r.value : (r.reason as Error).message))).toEqual([
    0,
    'no 1',
    2,
    'no 3',
    4,
    'no 5',
  ]);
  // none of the places was lost
  expect(await Promise.all([limited(async () => 'a'), limited(async () => 'b'), limited(async () => 'c')])).toEqual([
    'a',
    'b',
    'c',
  ]);
});
