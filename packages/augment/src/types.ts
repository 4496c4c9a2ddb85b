/**
 * The data contract of images and views. Everything here is plain typed arrays: browser-safe, free of tfjs.
 *
 * Shapes: `H W` rows and columns, `N` boxes.
 */

import type { AffineMap } from '@sed/geometry';

/** An RGB image, row by row: `pixels.length === height * width * 3`, values 0..255. */
export interface RgbImage {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Boxes of one image: `boxes` is `[N, 4]` flattened `x1 y1 x2 y2` in pixels, `labels` the class indices `0..C-1`. */
export interface BoxList {
  readonly boxes: Float32Array;
  readonly labels: Int32Array;
}

/** One view of an image: its pixels, where its boxes are now, and the map that put them there. */
export interface View extends RgbImage, BoxList {
  /** From pixels of the source image to those of the view. */
  readonly geometry: AffineMap;
}
