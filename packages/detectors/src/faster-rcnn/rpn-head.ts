/** The region proposal network's head, shared by all levels: a score and a box delta for every anchor of a cell. */
import * as tf from '@tensorflow/tfjs-core';
import type { PackedLevels } from '@sed/tensor-ops';
import { convolveLevels } from '../layers/convolve-levels.ts';
import { convolutionParameters, heNormal, type Initializer, type ParameterDefinition } from '../layers/definition.ts';
import type { Parameters, Predictions } from '../types.ts';
import type { FasterRcnnSettings } from './settings.ts';

const HEAD = 'rpn.head.';

export function rpnDefinitions(
  { fpn, initialization }: FasterRcnnSettings,
  anchorsPerCell: number,
): ParameterDefinition[] {
  const zero = { kind: 'constant', value: 0 } as const;
  const small = { kind: 'normal', deviation: 0.01 } as const;
  const inputs = fpn.channels;
  const define = (name: string, kernel: number, outputs: number, weight: Initializer = small): ParameterDefinition[] =>
    convolutionParameters(HEAD + name, { kernel, inputs, outputs }, true, weight, zero);
  return [
    ...define('conv.0.0', 3, inputs, initialization === 'he' ? heNormal(9 * inputs) : small),
    ...define('cls_logits', 1, anchorsPerCell),
    ...define('bbox_pred', 1, 4 * anchorsPerCell),
  ];
}

/** @returns of all levels logits `[N·A, 1]` and deltas `[N·A, 4]`, rows by level, image, y, x, anchor */
export function predictObjects(parameters: Parameters, features: PackedLevels): Predictions {
  const x = convolveLevels(parameters, `${HEAD}conv.0.0`, features, 'relu');
  const output = (name: string): tf.Tensor2D => convolveLevels(parameters, HEAD + name, x).rows;
  // torch's channels are anchor-major (a · 4 + i), so with channels last a reshape is all it takes
  return { logits: tf.reshape(output('cls_logits'), [-1, 1]), deltas: tf.reshape(output('bbox_pred'), [-1, 4]) };
}
