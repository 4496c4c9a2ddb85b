import fc from 'fast-check';
import { IdTable } from './id-table.ts';

test('gives the first place of an id, as a Map would', () => {
  const id = fc.oneof(
    fc.integer({ min: -5, max: 5 }),
    fc.maxSafeInteger(),
    fc.nat(1000).map((n) => n * 2 ** 32),
  );
  fc.assert(
    fc.property(fc.array(id, { maxLength: 3000, size: 'max' }), (ids) => {
      const table = new IdTable();
      const first = new Map<number, number>();
      ids.forEach((value, i) => {
        expect(table.add(value, i)).toBe(first.get(value) ?? -1);
        if (!first.has(value)) first.set(value, i);
      });
      expect(table.largest).toBe(Math.max(0, ...ids));
    }),
    { seed: 20, numRuns: 50 },
  );
});
