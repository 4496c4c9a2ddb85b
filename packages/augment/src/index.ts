export type { BoxList, RgbImage, View } from './types.ts';
export type { Random, Range } from './random.ts';
export { adjustBrightness, adjustContrast, adjustHue, adjustSaturation, rgbToGrayscale } from './color.ts';
export { gaussianBlur } from './blur.ts';
export { flipHorizontally, resize, type ResizeOptions } from './resize.ts';
export {
  PAPER_WEAK_SETTINGS,
  testView,
  weakView,
  type ResizePolicy,
  type WeakSettings,
  type WeakView,
} from './weak-view.ts';
export {
  IMAGENET_MEAN_COLOR,
  PAPER_STRONG_SETTINGS,
  PAPER_STRONGER_SETTINGS,
  strongView,
  type JitterSettings,
  type StrongSettings,
} from './strong-view.ts';
export { drawCutout, fillRectangle, type Color, type CutoutSettings, type Rectangle } from './cutout.ts';
export {
  DEFAULT_MINIMUM_VISIBLE,
  GEOMETRIC_OPERATIONS,
  geometricMap,
  geometricView,
  mapView,
  MAXIMUM_LEVEL,
  PAPER_GEOMETRY_SETTINGS,
  RANDAUGMENT_MAXIMA,
  type GeometricOperation,
  type GeometrySettings,
} from './geometric-view.ts';
export { warp } from './warp.ts';
