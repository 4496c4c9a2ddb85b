import type { ImageRecord } from '@sed/datasets-coco';
import { choose } from './choose.ts';

/** Images of a size with one square of each side. */
function images(count: number, [width, height]: readonly [number, number], sides: readonly number[]): ImageRecord[] {
  return Array.from({ length: count }, (_, i) => ({
    id: i + 1,
    path: `/${i}.jpg`,
    fileName: `${i}.jpg`,
    width,
    height,
    annotations: sides.map((side, k) => ({
      id: k + 1,
      bbox: [0, 0, side, side] as const,
      category: 0,
      area: side * side,
      crowd: false,
    })),
  }));
}
const chosen = (labeled: ImageRecord[], machine: 'cpu' | 'gpu' = 'cpu', others: ImageRecord[] = []) =>
  choose({ images: labeled }, [...labeled, ...others], machine);

test('the smallest size at which anchors take most objects', () => {
  // at 320 of 640 an object of 64 is 32 pixels, one of 30 is 15: below 24 · √0.5 = 17
  expect(chosen(images(10, [640, 480], [64, 100]))).toMatchObject({ long: 320, short: 240, anchorSide: 3 });
  const small = chosen(images(10, [640, 480], [30, 100]));
  expect(small).toMatchObject({ long: 416, short: 312, anchorSide: 3 });
  expect(small.sizeReason).toMatch(/^100 % of the objects are above the 17 pixels that anchors take \(50 % at 320\)/);
});

test('where objects are too small at every size, smaller anchors', () => {
  const tiny = chosen(images(10, [1920, 1080], [40]));
  // 40 · 512 / 1920 = 10.7 pixels, and 1.5 strides take 8.5 on
  expect(tiny).toMatchObject({ long: 512, short: 288, anchorSide: 1.5 });
  expect(tiny.sizeReason).toMatch(/objects are small, so anchors begin at 12 pixels/);
});

test('small images are not enlarged without need', () => {
  expect(chosen(images(4, [96, 64], [40]))).toMatchObject({ long: 192, short: 128 });
});

test('a canvas holds every view where all images lie one way', () => {
  const wide = images(4, [640, 480], [64]);
  const tall = images(4, [480, 640], [64]);
  expect(chosen(wide).canvas).toEqual({ width: 320, height: 256 });
  expect(chosen(tall).canvas).toEqual({ width: 256, height: 320 });
  expect(chosen(wide, 'cpu', tall).canvas).toBeNull();
  // a panorama does not become a strip
  expect(chosen(images(4, [4000, 500], [400]))).toMatchObject({
    long: 320,
    short: 160,
    canvas: { width: 320, height: 192 },
  });
});

test('more labeled images, more iterations, within minutes on a CPU', () => {
  const iterations = (count: number, machine: 'cpu' | 'gpu' = 'cpu') =>
    chosen(images(count, [640, 480], [64]), machine).iterations;
  expect([10, 200, 300, 5000].map((n) => iterations(n))).toEqual([1200, 1200, 1800, 2400]);
  expect([10, 1000, 50_000].map((n) => iterations(n, 'gpu'))).toEqual([2000, 5000, 12_000]);
});

test('a GPU sees larger images, more of them a step', () => {
  expect(chosen(images(10, [640, 480], [64]), 'gpu')).toMatchObject({ long: 512, short: 384, batch: 8 });
});
