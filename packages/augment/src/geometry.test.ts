import fc from 'fast-check';
import {
  composeMaps,
  IDENTITY,
  invertMap,
  mapBetween,
  mapBoxes,
  resizeMap,
  weakView,
  type AffineMap,
} from './index.ts';

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
const side = fc.integer({ min: 1, max: 60 });
const coordinates = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 });

function expectClose(got: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  expect(got.length).toBe(wanted.length);
  for (let i = 0; i < got.length; i++) expect(Math.abs(got[i]! - wanted[i]!)).toBeLessThanOrEqual(tolerance);
}

test('a map followed by its inverse leaves everything where it is', () => {
  fc.assert(
    fc.property(maps, (map) => {
      expectClose(composeMaps(invertMap(map), map), IDENTITY, 1e-6);
      expectClose(composeMaps(map, invertMap(map)), IDENTITY, 1e-6);
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
        expectClose(apply(both, [x, y]), apply(g, apply(f, [x, y])), 1e-6);
      },
    ),
  );
});

test('a known turn: a quarter about the corner', () => {
  const quarter: AffineMap = [0, -1, 10, 1, 0, 0];
  expect([...mapBoxes(Float32Array.of(1, 2, 3, 5), quarter)]).toEqual([5, 1, 8, 3]);
});

test('a flip keeps x1 below x2 and the width of the box', () => {
  const flip = resizeMap([100, 50], [200, 25], true);
  expect([...mapBoxes(Float32Array.of(10, 10, 30, 20, 0, 0, 100, 50), flip)]).toEqual([140, 5, 180, 10, 0, 0, 200, 25]);
});

test('a map onto a line is refused', () => {
  expect(() => invertMap([1, 2, 0, 2, 4, 0])).toThrow(/invertMap: \[1, 2, 0, 2, 4, 0\] has determinant 0/);
});

test('boxes come back from any weak view, and go between any two views as through the source', () => {
  fc.assert(
    fc.property(
      side,
      side,
      fc.array(coordinates, { maxLength: 5 }),
      fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
      (w, h, raw, draws) => {
        const boxes = Float32Array.from(
          raw.flatMap(([a, b, c, d]) => [
            Math.min(a!, c!) * w,
            Math.min(b!, d!) * h,
            Math.max(a!, c!) * w,
            Math.max(b!, d!) * h,
          ]),
        );
        const image = { width: w, height: h, pixels: new Uint8Array(w * h * 3) };
        const objects = { boxes, labels: Int32Array.from(raw.keys()) };
        const random = () => draws.next().value;
        const settings = { resize: { kind: 'fit', long: 50, short: 40, scale: [0.5, 2] }, minimumBoxSize: 0 } as const;
        const one = weakView(image, objects, settings, random);
        const two = weakView(
          image,
          objects,
          { ...settings, resize: { kind: 'short-edge', short: [5, 30], long: 64 } },
          random,
        );
        // A view can be far smaller than its source: float32 rounding of the view is magnified on the way back.
        const tolerance = 1e-4 * Math.max(w, h, 1);
        expectClose(mapBoxes(one.boxes, invertMap(one.geometry)), boxes, tolerance);
        expectClose(mapBoxes(one.boxes, mapBetween(one, two)), two.boxes, 1e-3);
        expectClose(mapBoxes(two.boxes, mapBetween(two, one)), one.boxes, 1e-2);
      },
    ),
  );
});
