/** The feature pyramid (Lin et al. 2017): P2 to P5 from C2 to C5, and P6, every second cell of P5. */
import * as tf from '@tensorflow/tfjs-core';
import type { Backbone, Features } from '../backbones/backbone.ts';
import { convolve, symmetricPadding } from '../layers/convolve.ts';
import {
  convolutionParameters,
  heNormal,
  kaimingUniform,
  xavierUniform,
  type Initializer,
  type ParameterDefinition,
} from '../layers/definition.ts';
import { subsample } from '../layers/subsample.ts';
import { upsampleTo } from '../layers/upsample.ts';
import type { Parameters } from '../types.ts';
import type { FasterRcnnSettings } from './settings.ts';

const FPN = 'backbone.fpn.';

export function pyramidDefinitions(
  { fpn, initialization }: FasterRcnnSettings,
  channels: Backbone['channels'],
): ParameterDefinition[] {
  const zero = { kind: 'constant', value: 0 } as const;
  const fresh = (area: number, inputs: number, gain: number): Initializer => {
    const fan = area * inputs;
    if (initialization === 'he') return heNormal(fan, gain);
    if (initialization === 'mmdetection') return xavierUniform(fan, area * fpn.channels, gain);
    return kaimingUniform(fan, gain);
  };
  const define = (name: string, kernel: number, inputs: number, gain = 1): ParameterDefinition[] =>
    convolutionParameters(
      FPN + name,
      { kernel, inputs, outputs: fpn.channels },
      true,
      fresh(kernel ** 2, inputs, gain),
      zero,
    );
  return [
    ...channels.flatMap((inputs, i) => define(`inner_blocks.${i}.0`, 1, inputs, fpn.lateralGain)),
    ...channels.flatMap((_, i) => define(`layer_blocks.${i}.0`, 3, fpn.channels)),
  ];
}

/** @returns P2 to P6, `[B, H, W, fpn.channels]`, at strides 4 to 64 */
export function pyramid(parameters: Parameters, features: Features): tf.Tensor4D[] {
  const inner = features.map((c, i) =>
    convolve(parameters, `${FPN}inner_blocks.${i}.0`, c, { padding: symmetricPadding(1) }),
  );
  for (let i = inner.length - 2; i >= 0; i--) {
    const finer = inner[i]!;
    inner[i] = tf.add(finer, upsampleTo(inner[i + 1]!, finer.shape[1], finer.shape[2]));
  }
  const levels = inner.map((x, i) =>
    convolve(parameters, `${FPN}layer_blocks.${i}.0`, x, { padding: symmetricPadding(3) }),
  );
  return [...levels, subsample(levels.at(-1)!)];
}
