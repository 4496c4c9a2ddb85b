/** The pyramid of two-stage detectors: P2 to P5 from C2 to C5, and P6, every second cell of P5. */
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { Features } from '../backbones/backbone.ts';
import { subsample } from '../layers/subsample.ts';
import type { Parameters } from '../types.ts';
import { topDown } from './top-down.ts';

/** @returns P2 to P6, `[B, H, W, fpn.channels]`, at strides 4 to 64 */
export function pyramidFromP2(parameters: Parameters, features: Features): Tensor4D[] {
  const levels = topDown(parameters, features);
  return [...levels, subsample(levels.at(-1)!)];
}
