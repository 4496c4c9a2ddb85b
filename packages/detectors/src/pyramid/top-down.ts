/**
 * The way down of a feature pyramid (Lin et al. 2017): 1x1 convolutions of the backbone's features, each added to the
 * upsampled coarser one, and a 3x3 convolution of each sum.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { convolve, symmetricPadding } from '../layers/convolve.ts';
import {
  convolutionParameters,
  heNormal,
  kaimingUniform,
  xavierUniform,
  type Initializer,
  type ParameterDefinition,
} from '../layers/definition.ts';
import { upsampleTo } from '../layers/upsample.ts';
import type { Parameters } from '../types.ts';

export const FPN = 'backbone.fpn.';

export interface PyramidSettings {
  readonly fpn: {
    /** Channels of every level. */
    readonly channels: number;
    /** Factor on the fresh 1x1 lateral kernels; has no effect on loaded weights. */
    readonly lateralGain: number;
  };
  /** Distributions of fresh kernels: `torchvision` kaiming-uniform, `mmdetection` Xavier-uniform, `he` He's normal. */
  readonly initialization: 'torchvision' | 'mmdetection' | 'he';
}

/** One convolution of the pyramid, `backbone.fpn.<name>`; its bias is fresh at 0. */
export function pyramidConvolution(
  { fpn, initialization }: PyramidSettings,
  name: string,
  kernel: number,
  inputs: number,
  gain = 1,
): ParameterDefinition[] {
  const area = kernel ** 2;
  const fresh = (): Initializer => {
    if (initialization === 'he') return heNormal(area * inputs, gain);
    if (initialization === 'mmdetection') return xavierUniform(area * inputs, area * fpn.channels, gain);
    return kaimingUniform(area * inputs, gain);
  };
  const zero = { kind: 'constant', value: 0 } as const;
  return convolutionParameters(FPN + name, { kernel, inputs, outputs: fpn.channels }, true, fresh(), zero);
}

/** @param channels of the backbone's features, from the finest */
export function topDownDefinitions(settings: PyramidSettings, channels: readonly number[]): ParameterDefinition[] {
  const { fpn } = settings;
  return [
    ...channels.flatMap((inputs, i) => pyramidConvolution(settings, `inner_blocks.${i}.0`, 1, inputs, fpn.lateralGain)),
    ...channels.flatMap((_, i) => pyramidConvolution(settings, `layer_blocks.${i}.0`, 3, fpn.channels)),
  ];
}

/** @returns a level for each of the features, of the same sizes, `[B, H, W, fpn.channels]` */
export function topDown(parameters: Parameters, features: readonly Tensor4D[]): Tensor4D[] {
  const inner = features.map((c, i) =>
    convolve(parameters, `${FPN}inner_blocks.${i}.0`, c, { padding: symmetricPadding(1) }),
  );
  for (let i = inner.length - 2; i >= 0; i--) {
    const finer = inner[i]!;
    inner[i] = tf.add(finer, upsampleTo(inner[i + 1]!, finer.shape[1], finer.shape[2]));
  }
  return inner.map((x, i) => convolve(parameters, `${FPN}layer_blocks.${i}.0`, x, { padding: symmetricPadding(3) }));
}
