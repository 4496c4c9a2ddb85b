/** The two towers shared by all levels: a score a class and a box delta for every anchor of a cell. */
import * as tf from '@tensorflow/tfjs-core';
import type { PackedLevels } from '@sed/tensor-ops';
import { convolveLevels } from '../layers/convolve-levels.ts';
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

/** @returns of all levels logits `[N·A, C]` and deltas `[N·A, 4]`, rows by level, image, y, x, anchor */
export function predict(
  { classes, head }: RetinaNetSettings,
  parameters: Parameters,
  features: PackedLevels,
): Predictions {
  const runTower = (prefix: string, output: string): tf.Tensor2D =>
    tf.tidy(() => {
      let x = features;
      for (let i = 0; i < head.depth; i++) x = convolveLevels(parameters, `${prefix}conv.${i}.0`, x, 'relu');
      return convolveLevels(parameters, prefix + output, x).rows;
    });
  // torch's channels are anchor-major (a · C + c), so with channels last a reshape is all it takes
  return {
    logits: tf.reshape(runTower(CLASSIFICATION, 'cls_logits'), [-1, classes]),
    deltas: tf.reshape(runTower(REGRESSION, 'bbox_reg'), [-1, 4]),
  };
}
