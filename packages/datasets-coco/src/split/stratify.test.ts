import { Mt19937 } from './mt19937.ts';
import { stratifiedChoice } from './stratify.ts';

/** n items with a few classes each, class c about half as frequent as class c - 1. */
function items(n: number, classes: number, seed: number): number[][] {
  const random = new Mt19937(seed);
  return Array.from({ length: n }, () =>
    Array.from({ length: classes }, (_, c) => c).filter((c) => random.next() / 2 ** 32 < 0.7 / 2 ** c),
  );
}

const count = (classesOf: number[][], positions: number[], c: number) =>
  positions.filter((i) => classesOf[i]!.includes(c)).length;

describe('stratifiedChoice', () => {
  test.each([1, 2, 3])(
    'shares of all classes are nearer to the whole than a random draw’s can be counted on, seed %d',
    (seed) => {
      const classesOf = items(2000, 9, seed);
      const all = classesOf.map((_, i) => i);
      const chosen = stratifiedChoice({ classesOf, classes: 9, size: 200, seed });
      expect(chosen).toHaveLength(200);
      expect(new Set(chosen).size).toBe(200);
      expect(chosen).toEqual([...chosen].sort((a, b) => a - b));
      for (let c = 0; c < 9; c++) {
        const total = count(classesOf, all, c);
        // Within one image of a tenth for rare classes, within 3 % of it for frequent ones, which share images with
        // others.
        expect(Math.abs(count(classesOf, chosen, c) - total / 10)).toBeLessThanOrEqual(Math.max(1, total * 0.003));
      }
    },
  );

  test('every class is in it, also those of one image, as long as there is room', () => {
    const classesOf = [...Array.from({ length: 990 }, () => [0]), ...Array.from({ length: 10 }, (_, i) => [i + 1])];
    const chosen = stratifiedChoice({ classesOf, classes: 12, size: 20, seed: 4 });
    expect(chosen.filter((i) => i >= 990)).toEqual([990, 991, 992, 993, 994, 995, 996, 997, 998, 999]);
    expect(stratifiedChoice({ classesOf, classes: 12, size: 4, seed: 4 })).toHaveLength(4);
  });

  test('rare classes share images where that saves room', () => {
    // 20 classes of one image each, five to an image, hidden among images of a frequent class.
    const classesOf = Array.from({ length: 400 }, (_, i) =>
      i % 100 === 7 ? [0, 1, 2, 3, 4].map((c) => 1 + c + (5 * (i - 7)) / 100) : [0],
    );
    const chosen = stratifiedChoice({ classesOf, classes: 21, size: 5, seed: 1 });
    expect(chosen).toEqual(expect.arrayContaining([7, 107, 207, 307]));
    expect(chosen).toHaveLength(5);
  });

  test('is a function of the seed, and differs between seeds', () => {
    const classesOf = items(300, 5, 9);
    const draw = (seed: number) => stratifiedChoice({ classesOf, classes: 5, size: 30, seed });
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  test('without classes, and all or one of the items', () => {
    const classesOf = Array.from({ length: 10 }, () => []);
    expect(stratifiedChoice({ classesOf, classes: 3, size: 4, seed: 1 })).toHaveLength(4);
    expect(stratifiedChoice({ classesOf, classes: 3, size: 10, seed: 1 })).toHaveLength(10);
    expect(() => stratifiedChoice({ classesOf, classes: 3, size: 0, seed: 1 })).toThrow('size is 0; it must be');
    expect(() => stratifiedChoice({ classesOf, classes: 3, size: 11, seed: 1 })).toThrow('from 1 to 10');
  });
});
