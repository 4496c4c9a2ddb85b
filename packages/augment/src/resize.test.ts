import fc from 'fast-check';
import { flipHorizontally, resize } from './operations.ts';

const side = fc.integer({ min: 1, max: 40 });

test('a flat image stays flat at any size, with and without antialiasing', () => {
  fc.assert(
    fc.property(
      side,
      side,
      side,
      side,
      fc.integer({ min: 0, max: 255 }),
      fc.boolean(),
      (w, h, width, height, gray, antialias) => {
        const image = { width: w, height: h, pixels: new Uint8Array(w * h * 3).fill(gray) };
        const { pixels } = resize(image, width, height, { antialias });
        expect(pixels.length).toBe(width * height * 3);
        expect(pixels.every((value) => value === gray)).toBe(true);
      },
    ),
  );
});

test('twice mirrored is the same; once is not, and the rows stay', () => {
  const image = { width: 3, height: 2, pixels: Uint8Array.from({ length: 18 }, (_, i) => i) };
  const once = flipHorizontally(image);
  expect([...once.pixels.subarray(0, 9)]).toEqual([6, 7, 8, 3, 4, 5, 0, 1, 2]);
  expect(flipHorizontally(once).pixels).toEqual(image.pixels);
});

test('the result never shares memory with the source, not even that of a Buffer at the same size', () => {
  const pixels = Buffer.from(new Uint8Array(12).fill(9));
  const same = resize({ width: 2, height: 2, pixels }, 2, 2);
  same.pixels[0] = 200;
  expect(pixels[0]).toBe(9);
});

test('sizes and pixel counts that cannot be are named', () => {
  const image = { width: 2, height: 2, pixels: new Uint8Array(12) };
  expect(() => resize(image, 0, 3)).toThrow('resize: to 0 x 3 pixels');
  expect(() => resize({ ...image, pixels: new Uint8Array(16) }, 1, 1)).toThrow(
    '16 values for an image of 2 x 2 pixels',
  );
});
