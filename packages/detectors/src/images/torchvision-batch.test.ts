/** Against torchvision's own transform (tools/golden/torchvision_transform.py). */
import * as tf from '@tensorflow/tfjs';
import { expectClose, expectNoLeak } from '@sed/testing';
import { fixture } from '../testing/hashed.ts';
import { torchvisionBatch, torchvisionSize } from './torchvision-batch.ts';

interface Golden {
  cases: {
    image: [number, number];
    short: number;
    long: number;
    size: [number, number];
    padded: [number, number];
    every: number;
    values: number[];
    sum: number;
  }[];
  /** width, height, short, long, resized width, resized height */
  sizes: [number, number, number, number, number, number][];
}
const { cases, sizes } = await fixture<Golden>('torchvision-transform');

beforeAll(() => tf.setBackend('cpu'));

function image(width: number, height: number) {
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [c, x, y] = [i % 3, Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    return (7 * x + 13 * y + 29 * c + x * y) % 256;
  });
  return { pixels, width, height };
}

test('sizes are rounded down, as torchvision does', () => {
  for (const [width, height, short, long, w, h] of sizes) {
    expect([width, height, short, torchvisionSize({ width, height }, { short, long })]).toEqual([
      width,
      height,
      short,
      { width: w, height: h },
    ]);
  }
});

test.each(cases)('$image at $short within $long is torchvision’s tensor', (golden) => {
  const { short, long, size, padded, every, values, sum } = golden;
  const batch = expectNoLeak(() => torchvisionBatch([image(...golden.image)], { short, long }), 1);
  expect(batch.sizes).toEqual([{ width: size[0], height: size[1] }]);
  expect(batch.pixels.shape).toEqual([1, padded[1], padded[0], 3]);
  const found = batch.pixels.dataSync<'float32'>();
  expectClose(
    values.map((_, i) => found[i * every]!),
    values,
    { relative: 0, absolute: 2e-5 },
  );
  expect(Math.abs(found.reduce((a, b) => a + b, 0) - sum)).toBeLessThan(0.05);
  batch.pixels.dispose();
});

test('a batch pads all to the largest; what makes no sense is said', () => {
  const batch = torchvisionBatch([image(40, 20), image(20, 40)], { short: 20, long: 40, multiple: 32 });
  expect(batch.pixels.shape).toEqual([2, 64, 64, 3]);
  batch.pixels.dispose();
  expect(() => torchvisionBatch([], { short: 20, long: 40 })).toThrow(/no image/);
  expect(() => torchvisionBatch([image(4, 4)], { short: 20, long: 10 })).toThrow(/short is 20 and long 10/);
  expect(() => torchvisionBatch([{ ...image(4, 4), width: 5 }], { short: 2, long: 4 })).toThrow(/image 0 has 48 bytes/);
});
