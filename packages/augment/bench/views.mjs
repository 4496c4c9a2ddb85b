// Milliseconds per operation: `node bench/views.mjs` in packages/augment, after a build.
import {
  geometricMap,
  IMAGENET_MEAN_COLOR,
  PAPER_STRONG_SETTINGS,
  strongView,
  testView,
  weakView,
} from '../dist/index.js';
import {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  gaussianBlur,
  resize,
  rgbToGrayscale,
  warp,
} from '../dist/operations.js';

let state = 1;
const random = () => (state = (state * 48271) % 2147483647) / 2147483647;

const picture = (width, height) => ({
  width,
  height,
  pixels: Uint8Array.from({ length: width * height * 3 }, (_, i) => 128 + 90 * Math.sin(i / 37) + 30 * random()),
});

function time(name, repeat, work) {
  for (let i = 0; i < repeat / 4; i++) work();
  const each = [];
  for (let i = 0; i < repeat; i++) {
    const start = performance.now();
    work();
    each.push(performance.now() - start);
  }
  each.sort((a, b) => a - b);
  const mean = each.reduce((a, b) => a + b) / repeat;
  console.log(
    `${name.padEnd(44)} mean ${mean.toFixed(2).padStart(6)}  median ${each[repeat >> 1].toFixed(2).padStart(6)} ms`,
  );
}

const photo = picture(640, 480);
const small = picture(320, 256);
const objects = { boxes: Float32Array.of(10, 10, 50, 60), labels: Int32Array.of(0) };
const fit = { resize: { kind: 'fit', long: 320, short: 240, scale: [0.8, 1] } };
const view = testView(small, { resize: { kind: 'fit', long: 320, short: 256, scale: [1, 1] } });

time('resize 640x480 to 320x240', 200, () => resize(photo, 320, 240));
time('resize 640x480 to 320x240, no antialias', 200, () => resize(photo, 320, 240, { antialias: false }));
time('resize 640x480 to 1067x800', 40, () => resize(photo, 1067, 800));
time('adjustBrightness 320x256', 200, () => adjustBrightness(small, 1.2));
time('adjustContrast 320x256', 200, () => adjustContrast(small, 1.2));
time('adjustSaturation 320x256', 200, () => adjustSaturation(small, 1.2));
time('adjustHue 320x256', 60, () => adjustHue(small, 0.1));
time('rgbToGrayscale 320x256', 200, () => rgbToGrayscale(small));
time('gaussianBlur 320x256, sigma 0.5', 100, () => gaussianBlur(small, 23, 0.5));
time('gaussianBlur 320x256, sigma 2', 100, () => gaussianBlur(small, 23, 2));
time('weakView 640x480 to 320x240 at 0.8 to 1', 200, () => weakView(photo, objects, fit, random));
time('strongView 320x256, Table 11', 300, () => strongView(view, PAPER_STRONG_SETTINGS, random));
for (const image of [photo, small]) {
  const map = geometricMap('rotate', 15, image.width, image.height);
  time(`warp ${image.width}x${image.height}, rotated by 15 degrees`, 200, () => warp(image, map, IMAGENET_MEAN_COLOR));
}
