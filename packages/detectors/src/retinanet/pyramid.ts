/** The feature pyramid (Lin et al. 2017): P3 to P5 from C3 to C5, P6 and P7 by stride-2 convolutions. */
import { relu } from '@sed/tensor-ops';
import * as tf from '@tensorflow/tfjs-core';
import type { Backbone, Features } from '../backbones/backbone.ts';
import { convolve, symmetricPadding } from '../layers/convolve.ts';
import { convolutionParameters, heNormal, kaimingUniform, type ParameterDefinition } from '../layers/definition.ts';
import { upsampleTo } from '../layers/upsample.ts';
import type { Parameters } from '../types.ts';
import type { RetinaNetSettings } from './settings.ts';

const FPN = 'backbone.fpn.';
const LEVELS = [0, 1, 2] as const;

export function pyramidDefinitions(
  { fpn, initialization }: RetinaNetSettings,
  [, ...channels]: Backbone['channels'],
): ParameterDefinition[] {
  const zero = { kind: 'constant', value: 0 } as const;
  const define = (name: string, kernel: number, inputs: number, gain = 1): ParameterDefinition[] => {
    const fan = kernel ** 2 * inputs;
    const weight = initialization === 'he' ? heNormal(fan, gain) : kaimingUniform(fan, gain);
    return convolutionParameters(FPN + name, { kernel, inputs, outputs: fpn.channels }, true, weight, zero);
  };
  return [
    ...LEVELS.flatMap((i) => define(`inner_blocks.${i}.0`, 1, channels[i], fpn.lateralGain)),
    ...LEVELS.flatMap((i) => define(`layer_blocks.${i}.0`, 3, fpn.channels)),
    ...define('extra_blocks.p6', 3, fpn.extra === 'c5' ? channels[2] : fpn.channels),
    ...define('extra_blocks.p7', 3, fpn.channels),
  ];
}

/** @returns P3 to P7, `[B, H, W, fpn.channels]`, at strides 8 to 128 */
export function pyramid({ fpn }: RetinaNetSettings, parameters: Parameters, [, ...features]: Features): tf.Tensor4D[] {
  const inner = features.map((c, i) =>
    convolve(parameters, `${FPN}inner_blocks.${i}.0`, c, { padding: symmetricPadding(1) }),
  );
  for (const i of [1, 0]) {
    const finer = inner[i]!;
    inner[i] = tf.add(finer, upsampleTo(inner[i + 1]!, finer.shape[1], finer.shape[2]));
  }
  const levels = inner.map((x, i) =>
    convolve(parameters, `${FPN}layer_blocks.${i}.0`, x, { padding: symmetricPadding(3) }),
  );
  const half = { stride: 2, padding: symmetricPadding(3) };
  const p6 = convolve(parameters, `${FPN}extra_blocks.p6`, fpn.extra === 'c5' ? features[2] : levels[2]!, half);
  const p7 = convolve(parameters, `${FPN}extra_blocks.p7`, fpn.reluBeforeP7 ? relu(p6) : p6, half);
  return [...levels, p6, p7];
}
