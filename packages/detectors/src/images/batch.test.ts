import * as tf from '@tensorflow/tfjs-core';
import { expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import { imageBatch, reduceBatch } from './batch.ts';

const gradient = (width: number, height: number) => ({
  pixels: Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 37) % 256),
  width,
  height,
});

onEveryBackend('imageBatch', () => {
  test('normalizes by channel and pads with zeros at the right and the bottom', () => {
    const images = [gradient(5, 3), gradient(2, 6)];
    const batch = expectNoLeak(() => imageBatch(images, { multiple: 4 }));
    expect(batch.pixels.shape).toEqual([2, 8, 8, 3]);
    expect(batch.sizes).toEqual([
      { width: 5, height: 3 },
      { width: 2, height: 6 },
    ]);
    const pixelAt = (b: number, y: number, x: number): number[] => [
      ...tf.tidy(() => tf.slice(batch.pixels, [b, y, x, 0], [1, 1, 1, 3]).dataSync()),
    ];
    const rgb = [...images[0]!.pixels.subarray((2 * 5 + 4) * 3, (2 * 5 + 4) * 3 + 3)];
    const expected = rgb.map((v, c) => (v / 255 - [0.485, 0.456, 0.406][c]!) / [0.229, 0.224, 0.225][c]!);
    expectClose(pixelAt(0, 2, 4), expected);
    expect(pixelAt(0, 3, 0)).toEqual([0, 0, 0]);
    expect(pixelAt(0, 0, 5)).toEqual([0, 0, 0]);
    expect(pixelAt(1, 0, 2)).toEqual([0, 0, 0]);
    batch.pixels.dispose();
  });

  test('a canvas fixes the size', () => {
    const options = {
      multiple: 4,
      canvas: { width: 16, height: 8 },
      mean: [0, 0, 0] as const,
      std: [1, 1, 1] as const,
    };
    const batch = imageBatch([gradient(5, 3)], options);
    expect(batch.pixels.shape).toEqual([1, 8, 16, 3]);
    expectClose(batch.pixels.dataSync().slice(0, 2), [0, 37 / 255]);
    batch.pixels.dispose();
    expect(() => imageBatch([gradient(5, 9)], options)).toThrow(/image 0 is 5x9, larger than the canvas 16x8/);
    expect(() => imageBatch([gradient(5, 3)], { multiple: 5, canvas: { width: 16, height: 8 } })).toThrow(/e.g. 20x10/);
  });

  test('reduced by two: the mean of each block; by four: of the middle of each block', () => {
    const pixels = tf.tensor4d(
      Array.from({ length: 8 * 8 * 3 }, (_, i) => Math.sin(i)),
      [1, 8, 8, 3],
    );
    const batch = { pixels, sizes: [{ width: 7, height: 6 }] };
    const half = expectNoLeak(() => reduceBatch(batch, 1));
    expect(half.sizes).toEqual([{ width: 3.5, height: 3 }]);
    expectClose(
      half.pixels.dataSync(),
      tf.tidy(() => tf.avgPool(pixels, 2, 2, 'valid').dataSync()),
      { absolute: 1e-6 },
    );
    const quarter = reduceBatch(batch, 2);
    const middle = tf.tidy(() =>
      tf.mean(tf.reshape(tf.slice(pixels, [0, 5, 1, 0], [1, 2, 2, 3]), [4, 3]), 0).dataSync(),
    );
    expectClose(
      tf.tidy(() => tf.slice(quarter.pixels, [0, 1, 0, 0], [1, 1, 1, 3]).dataSync()),
      middle,
      { absolute: 1e-6 },
    );
    const eighth = { pixels: tf.zeros<tf.Rank.R4>([1, 12, 8, 3]), sizes: batch.sizes };
    expect(() => reduceBatch(eighth, 3)).toThrow(
      /8x12 pixels cannot be divided by 8; pad the batch to multiples of 256/,
    );
    tf.dispose([pixels, half.pixels, quarter.pixels, eighth.pixels]);
  });
});

test('bad images are named', () => {
  expect(() => imageBatch([], { multiple: 32 })).toThrow(/no image/);
  expect(() => imageBatch([{ pixels: new Uint8Array(4), width: 1, height: 1 }], { multiple: 32 })).toThrow(
    /image 0 has 4 bytes; 1x1 RGB has 3/,
  );
});
