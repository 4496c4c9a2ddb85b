/** The maps of views against the views' own boxes. */
import { invertMap, mapBetween, mapBoxes } from '@sed/geometry';
import fc from 'fast-check';
import { weakView } from './index.ts';

const side = fc.integer({ min: 1, max: 60 });
const coordinates = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 });

function expectClose(got: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  expect(got.length).toBe(wanted.length);
  for (let i = 0; i < got.length; i++) expect(Math.abs(got[i]! - wanted[i]!)).toBeLessThanOrEqual(tolerance);
}

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
