/** The two towers shared by all levels: a score a class and a box delta for every anchor of a cell. */
import * as tf from '@tensorflow/tfjs-core';
import { convolve, symmetricPadding } from '../layers/convolve.ts';
import { convolutionParameters, heNormal, type ParameterDefinition } from '../layers/definition.ts';
import type { Parameters, Predictions } from '../types.ts';
import type { RetinaNetSettings } from './settings.ts';

const CLASSIFICATION = 'head.classification_head.';
const REGRESSION = 'head.regression_head.';

export function headDefinitions(
  { classes, fpn, head, initialization }: RetinaNetSettings,
  anchorsPerCell: number,
): ParameterDefinition[] {
  const zero = { kind: 'constant', value: 0 } as const;
  const small = { kind: 'normal', deviation: 0.01 } as const; // Lin et al. 2017, section 4.1
  const tower = (prefix: string): ParameterDefinition[] =>
    Array.from({ length: head.depth }, (_, i) => {
      const inputs = i === 0 ? fpn.channels : head.channels;
      const weight = initialization === 'he' ? heNormal(9 * inputs) : small;
      return convolutionParameters(
        `${prefix}conv.${i}.0`,
        { kernel: 3, inputs, outputs: head.channels },
        true,
        weight,
        zero,
      );
    }).flat();
  const output = (name: string, outputs: number, bias: number): ParameterDefinition[] =>
    convolutionParameters(name, { kernel: 3, inputs: head.channels, outputs }, true, small, {
      kind: 'constant',
      value: bias,
    });
  return [
    ...tower(CLASSIFICATION),
    ...output(`${CLASSIFICATION}cls_logits`, anchorsPerCell * classes, -Math.log((1 - head.prior) / head.prior)),
    ...tower(REGRESSION),
    ...output(`${REGRESSION}bbox_reg`, anchorsPerCell * 4, 0),
  ];
}

/** @returns for one level `[B, H, W, …]`: logits `[B·H·W·A, C]` and deltas `[B·H·W·A, 4]`, rows by image, y, x, anchor */
export function predict(
  { classes, head }: RetinaNetSettings,
  parameters: Parameters,
  feature: tf.Tensor4D,
): Predictions {
  const padding = symmetricPadding(3);
  const run = (prefix: string, output: string): tf.Tensor4D => {
    let x = feature;
    for (let i = 0; i < head.depth; i++) {
      x = convolve(parameters, `${prefix}conv.${i}.0`, x, { padding, activation: 'relu' });
    }
    return convolve(parameters, prefix + output, x, { padding });
  };
  // torch's channels are anchor-major (a · C + c), so in NHWC a reshape is all it takes
  return {
    logits: tf.reshape(run(CLASSIFICATION, 'cls_logits'), [-1, classes]),
    deltas: tf.reshape(run(REGRESSION, 'bbox_reg'), [-1, 4]),
  };
}
