/** The pyramid of one-stage detectors: P3 to P5 from C3 to C5, P6 and P7 by stride-2 convolutions. */
import { relu } from '@sed/tensor-ops';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { Backbone, Features } from '../backbones/backbone.ts';
import { convolve, symmetricPadding } from '../layers/convolve.ts';
import type { ParameterDefinition } from '../layers/definition.ts';
import type { Parameters } from '../types.ts';
import { FPN, pyramidConvolution, topDown, topDownDefinitions, type PyramidSettings } from './top-down.ts';

export interface PyramidFromP3Settings extends PyramidSettings {
  readonly fpn: PyramidSettings['fpn'] & {
    /** What P6 is a stride-2 convolution of: the pyramid's P5 or the backbone's C5. */
    readonly extra: 'p5' | 'c5';
    /** Whether a ReLU stands between P6 and P7. */
    readonly reluBeforeP7: boolean;
  };
}

export function pyramidFromP3Definitions(
  settings: PyramidFromP3Settings,
  [, ...channels]: Backbone['channels'],
): ParameterDefinition[] {
  const { fpn } = settings;
  return [
    ...topDownDefinitions(settings, channels),
    ...pyramidConvolution(settings, 'extra_blocks.p6', 3, fpn.extra === 'c5' ? channels[2] : fpn.channels),
    ...pyramidConvolution(settings, 'extra_blocks.p7', 3, fpn.channels),
  ];
}

/** @returns P3 to P7, `[B, H, W, fpn.channels]`, at strides 8 to 128 */
export function pyramidFromP3(
  { fpn }: PyramidFromP3Settings,
  parameters: Parameters,
  [, ...features]: Features,
): Tensor4D[] {
  const levels = topDown(parameters, features);
  const half = { stride: 2, padding: symmetricPadding(3) };
  const p6 = convolve(parameters, `${FPN}extra_blocks.p6`, fpn.extra === 'c5' ? features[2] : levels[2]!, half);
  const p7 = convolve(parameters, `${FPN}extra_blocks.p7`, fpn.reluBeforeP7 ? relu(p6) : p6, half);
  return [...levels, p6, p7];
}
