/** Pixels and boxes against torchvision's affine and rotate (tools/golden/geometry.py). */
import { IDENTITY, mapBoxes } from '@sed/geometry';
import { readFileSync } from 'node:fs';
import { geometricMap, type Color, type GeometricOperation } from './index.ts';
import { warp } from './operations.ts';

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8')) as never;
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));

interface Case {
  image: string;
  operation: GeometricOperation;
  magnitude: number;
  boxes: number[][];
  pixels: string;
}
const golden: { fill: Color; boxes: Record<string, number[][]>; cases: Case[] } = read('geometry');
const { images }: { images: Record<string, { width: number; height: number; pixels: string }> } = read('torchvision');
const imageOf = (name: string) => ({ ...images[name]!, pixels: bytes(images[name]!.pixels) });

describe.each(golden.cases)('$operation $magnitude of $image', ({ image: name, operation, magnitude, ...wanted }) => {
  const image = imageOf(name);
  const map = geometricMap(operation, magnitude, image.width, image.height);

  test('pixels', () => {
    const before = image.pixels.slice();
    const { pixels, width, height } = warp(image, map, golden.fill);
    expect([width, height]).toEqual([image.width, image.height]);
    const target = bytes(wanted.pixels);
    let [worst, off] = [0, 0];
    pixels.forEach((value, i) => {
      worst = Math.max(worst, Math.abs(value - target[i]!));
      off += value === target[i] ? 0 : 1;
    });
    // float32 there, float64 here: halves round either way, and a turn by 90 degrees makes many of 30 x 25 pixels
    expect(worst).toBeLessThanOrEqual(operation.startsWith('translate') ? 0 : 1);
    expect(off / pixels.length).toBeLessThan(0.15);
    expect(image.pixels).toEqual(before);
  });

  test('boxes', () => {
    const mapped = mapBoxes(Float32Array.from(golden.boxes[name]!.flat()), map);
    wanted.boxes.flat().forEach((value, i) => expect(Math.abs(mapped[i]! - value)).toBeLessThan(1e-4));
  });
});

test('the identity gives every byte back, in memory of its own', () => {
  const image = imageOf('noise');
  const { pixels } = warp(image, IDENTITY, golden.fill);
  expect(pixels).toEqual(image.pixels);
  expect(pixels.buffer).not.toBe(image.pixels.buffer);
});

test('a quarter turn of a square moves whole pixels', () => {
  const side = 7;
  const image = { width: side, height: side, pixels: Uint8Array.from({ length: side * side * 3 }, (_, i) => i) };
  const { pixels } = warp(image, geometricMap('rotate', 90, side, side), golden.fill);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      // clockwise: what was at the left is at the top
      expect(pixels[(y * side + x) * 3]).toBe(image.pixels[((side - 1 - x) * side + y) * 3]);
    }
  }
});

test('an image of one pixel, and one that leaves the picture', () => {
  const dot = { width: 1, height: 1, pixels: Uint8Array.of(10, 20, 30) };
  expect([...warp(dot, IDENTITY, golden.fill).pixels]).toEqual([10, 20, 30]);
  expect([...warp(dot, [1, 0, 0.5, 0, 1, 0], golden.fill).pixels]).toEqual([67, 68, 67]);
  expect([...warp(dot, [1, 0, 5, 0, 1, 0], golden.fill).pixels]).toEqual([124, 116, 104]);
});

test('what cannot be done is named', () => {
  const image = imageOf('noise');
  expect(() => warp(image, [1, 1, 0, 1, 1, 0], golden.fill)).toThrow('cannot be undone');
  expect(() => warp({ ...image, width: 3 }, IDENTITY, golden.fill)).toThrow('warp: ');
  expect(() => geometricMap('flip' as never, 1, 2, 2)).toThrow(`geometry.operations: "flip"; they are 'rotate'`);
});
