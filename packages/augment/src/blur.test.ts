import fc from 'fast-check';
import { gaussianBlur } from './operations.ts';

test('brightness stays and nothing overflows, also where the image is smaller than half the kernel', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.double({ min: 0.1, max: 8, noNaN: true }),
      (width, height, sigma) => {
        const image = { width, height, pixels: new Uint8Array(width * height * 3).fill(255) };
        expect(gaussianBlur(image, 23, sigma).pixels.every((value) => value === 255)).toBe(true);
      },
    ),
  );
});

test('an impulse spreads as the product of two Gaussians', () => {
  const [size, sigma] = [25, 1.5];
  const image = { width: size, height: size, pixels: new Uint8Array(size * size * 3) };
  image.pixels[(12 * size + 12) * 3 + 1] = 255;
  const { pixels } = gaussianBlur(image, 23, sigma);
  const weights = Array.from({ length: 23 }, (_, i) => Math.exp(-((i - 11) ** 2) / (2 * sigma * sigma)));
  const sum = weights.reduce((a, b) => a + b);
  for (let y = 1; y < 24; y++) {
    for (let x = 1; x < 24; x++) {
      const wanted = (255 * weights[y - 1]! * weights[x - 1]!) / (sum * sum);
      expect(Math.abs(pixels[(y * size + x) * 3 + 1]! - wanted)).toBeLessThan(0.6);
      expect(pixels[(y * size + x) * 3]).toBe(0);
    }
  }
});

test('in place and apart give the same', () => {
  const image = { width: 16, height: 11, pixels: Uint8Array.from({ length: 528 }, (_, i) => (i * 73) % 256) };
  const apart = gaussianBlur(image, 7, 1.1).pixels;
  gaussianBlur(image, 7, 1.1, image.pixels);
  expect(image.pixels).toEqual(apart);
});

test('even kernels and sigma 0 are refused', () => {
  const image = { width: 1, height: 1, pixels: new Uint8Array(3) };
  expect(() => gaussianBlur(image, 4, 1)).toThrow('kernel size 4');
  expect(() => gaussianBlur(image, 5, 0)).toThrow('sigma 0');
});
