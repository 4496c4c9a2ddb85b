import { readFileSync } from 'node:fs';
import { linearAssignment, randomStream } from './index.ts';

interface Golden {
  rows: number;
  columns: number;
  cost: number[];
  rowIndices: number[];
  columnIndices: number[];
}
const { assignment: golden } = JSON.parse(
  readFileSync(new URL('./fixtures/geometry.json', import.meta.url), 'utf8'),
) as { assignment: Golden[] };

test.each(golden)('$rows x $columns: the matching of scipy', (c) => {
  const { rows, columns } = linearAssignment(Float32Array.from(c.cost), c.rows, c.columns);
  expect([...rows]).toEqual(c.rowIndices);
  expect([...columns]).toEqual(c.columnIndices);
});

test('is the best of all orders, ties and negative costs included', () => {
  const stream = randomStream(5, 'assignment');
  const orders = permutations([0, 1, 2, 3, 4]);
  for (let trial = 0; trial < 40; trial++) {
    const cost = Float64Array.from({ length: 25 }, () => stream.integer(6) - 2);
    const total = (columns: ArrayLike<number>): number => {
      let sum = 0;
      for (let i = 0; i < 5; i++) sum += cost[5 * i + columns[i]!]!;
      return sum;
    };
    expect(total(linearAssignment(cost, 5, 5).columns)).toBe(Math.min(...orders.map(total)));
  }
});

test('nothing to match', () => {
  expect(linearAssignment(new Float32Array(0), 0, 3).rows.length).toBe(0);
  expect(linearAssignment(new Float32Array(0), 3, 0).columns.length).toBe(0);
});

test('bad costs are named', () => {
  expect(() => linearAssignment(new Float32Array(5), 2, 3)).toThrow(/2 x 3 values, got 5/);
  expect(() => linearAssignment(Float32Array.of(0, 1, NaN, 2), 2, 2)).toThrow(/row 1, column 0 is NaN/);
});

function permutations(items: number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) => permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]));
}
