/** Views of images and their boxes; the operations that they are made of are behind `/operations`. */
export type { BoxList, RgbImage, View } from './types.ts';
export type { Random, Range } from './random.ts';
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
export type { Color, CutoutSettings } from './cutout.ts';
export {
  DEFAULT_MINIMUM_VISIBLE,
  GEOMETRIC_OPERATIONS,
  geometricMap,
  geometricView,
  mapView,
  PAPER_GEOMETRY_SETTINGS,
  type GeometricOperation,
  type GeometrySettings,
} from './geometric-view.ts';
