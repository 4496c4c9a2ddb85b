import { expectClose } from '@sed/testing';
import * as fc from 'fast-check';
import { composeMaps, IDENTITY, invertMap, isIdentity, mapBoxes, resizeMap, type AffineMap } from './affine-map.ts';

const part = fc.double({ min: -3, max: 3, noNaN: true });
const maps = fc
  .tuple(
    part,
    part,
    fc.double({ min: -500, max: 500, noNaN: true }),
    part,
    part,
    fc.double({ min: -500, max: 500, noNaN: true }),
  )
  .filter(([a, b, , d, e]) => Math.abs(a * e - b * d) > 0.1)
  .map((numbers): AffineMap => numbers);
const close = { relative: 0, absolute: 1e-6 };

test('a map followed by its inverse leaves everything where it is', () => {
  fc.assert(
    fc.property(maps, (map) => {
      expectClose(composeMaps(invertMap(map), map), IDENTITY, close);
      expectClose(composeMaps(map, invertMap(map)), IDENTITY, close);
    }),
  );
});

test('composition is application one after the other', () => {
  fc.assert(
    fc.property(
      maps,
      maps,
      fc.double({ min: -9, max: 9, noNaN: true }),
      fc.double({ min: -9, max: 9, noNaN: true }),
      (f, g, x, y) => {
        const apply = ([a, b, c, d, e, h]: AffineMap, [u, v]: number[]) => [a * u! + b * v! + c, d * u! + e * v! + h];
        const both = composeMaps(g, f);
        expectClose(apply(both, [x, y]), apply(g, apply(f, [x, y])), close);
      },
    ),
  );
});

test('a quarter turn about the corner, there and back', () => {
  const quarter: AffineMap = [0, -1, 10, 1, 0, 0];
  const boxes = Float32Array.of(1, 2, 3, 5);
  expect([...mapBoxes(boxes, quarter)]).toEqual([5, 1, 8, 3]);
  expect([...mapBoxes(mapBoxes(boxes, quarter), invertMap(quarter))]).toEqual([...boxes]);
  expect(isIdentity(quarter)).toBe(false);
  expect(isIdentity([1, 0, 0, 0, 1, 0])).toBe(true);
});

test('a flip keeps x1 below x2 and the width of the box', () => {
  const flip = resizeMap([100, 50], [200, 25], true);
  expect([...mapBoxes(Float32Array.of(10, 10, 30, 20, 0, 0, 100, 50), flip)]).toEqual([140, 5, 180, 10, 0, 0, 200, 25]);
});

test('a map onto a line, and one with a number that is not finite, are refused', () => {
  expect(() => invertMap([1, 2, 0, 2, 4, 0])).toThrow(/invertMap: \[1, 2, 0, 2, 4, 0\] has determinant 0/);
  expect(() => invertMap([1, 0, NaN, 0, 1, 0])).toThrow(/\[1, 0, NaN, 0, 1, 0\].*six finite numbers/);
});

test('boxes come in fours', () => {
  expect(() => mapBoxes(new Float32Array(5), IDENTITY)).toThrow(/mapBoxes: boxes must hold four numbers a box/);
});
