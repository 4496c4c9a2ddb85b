/** `@sed/augment/operations`: what views are made of, each on its own. */
export { adjustBrightness, adjustContrast, adjustHue, adjustSaturation, rgbToGrayscale } from './color.ts';
export { gaussianBlur } from './blur.ts';
export { flipHorizontally, resize, type ResizeOptions } from './resize.ts';
export { drawCutout, fillRectangle, type Rectangle } from './cutout.ts';
export { warp } from './warp.ts';
