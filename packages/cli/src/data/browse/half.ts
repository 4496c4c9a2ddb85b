import { type RgbImage } from '@sed/augment';
import { resize } from '@sed/augment/operations';

/**
 * The view at half its size, as the student sees it: each pixel the mean of 2 x 2 (bilinear, half-pixel centers, no
 * antialiasing). An odd last row or column is padded first, with the color that normalization takes to zero. Training
 * reduces the padded, normalized batch, so this differs from it by the rounding to bytes alone.
 *
 * @param fill RGB of the padding
 */
export function halfView(view: RgbImage, fill: readonly [number, number, number]): RgbImage {
  const even = padded(view, fill);
  return resize(even, even.width / 2, even.height / 2, { antialias: false });
}

function padded(view: RgbImage, fill: readonly [number, number, number]): RgbImage {
  const width = Math.ceil(view.width / 2) * 2;
  const height = Math.ceil(view.height / 2) * 2;
  if (width === view.width && height === view.height) return view;
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < pixels.length; i += 3) pixels.set(fill, i);
  for (let y = 0; y < view.height; y++) {
    pixels.set(view.pixels.subarray(y * view.width * 3, (y + 1) * view.width * 3), y * width * 3);
  }
  return { pixels, width, height };
}
