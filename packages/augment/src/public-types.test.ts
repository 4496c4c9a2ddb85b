/** What compiles and what must not; each `@ts-expect-error` is checked by the compiler. */
import { PAPER_STRONG_SETTINGS, strongView, testView, weakView } from './index.ts';
import type { BoxList, Random, ResizePolicy, RgbImage, StrongSettings, View, WeakSettings, WeakView } from './index.ts';
import { gaussianBlur, resize } from './operations.ts';

const image: RgbImage = { pixels: new Uint8Array(12 * 8 * 3), width: 12, height: 8 };
const objects: BoxList = { boxes: Float32Array.of(2, 2, 10, 6), labels: Int32Array.of(1) };
const half: Random = () => 0.5;
const fit: ResizePolicy = { kind: 'fit', long: 6, short: 4, scale: [1, 1] };

test('views of an image and its boxes', () => {
  const settings: WeakSettings = { resize: fit, flip: 0 };
  const weak: WeakView = weakView(image, objects, settings, half);
  const stronger: StrongSettings = { ...PAPER_STRONG_SETTINGS, fill: [0, 0, 0] };
  const strong: View = strongView(weak, stronger, half);
  const tested: View = testView(image, settings);
  const small: RgbImage = resize(image, 6, 4, { antialias: false });
  expect([weak, strong, tested, small].map(({ width, height }) => [width, height])).toEqual(
    Array.from({ length: 4 }, () => [6, 4]),
  );
});

test('misuse does not compile', () => {
  // @ts-expect-error a policy that is none
  const crop: ResizePolicy = { kind: 'crop', long: 6, short: 4, scale: [1, 1] };
  expect(() => weakView(image, objects, { resize: crop, flip: 0 }, half)).toThrow(/'short-edge' or 'fit'/);
  // @ts-expect-error an image without its size
  expect(() => testView({ pixels: image.pixels }, { resize: fit, flip: 0 })).toThrow();
  // @ts-expect-error nothing to draw from
  expect(() => strongView(testView(image, { resize: fit, flip: 0 }), PAPER_STRONG_SETTINGS)).toThrow();
  // @ts-expect-error the size of the kernel is missing
  expect(() => gaussianBlur(image)).toThrow(/kernel size undefined/);
});
