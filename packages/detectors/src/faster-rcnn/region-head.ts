/**
 * The second stage: RoIAlign, two fully connected layers, a score a class and a box a class.
 *
 * Shapes: `N` regions, `C` classes, `S` side of the pooled grid. In memory background is the last class, and the last
 * four deltas are its; torchvision has both first.
 */
import { assignRoiLevels } from '@sed/geometry';
import { joinLevels, phase, roiAlignLinear, type LevelPredictions, type Regions } from '@sed/tensor-ops';
import * as tf from '@tensorflow/tfjs-core';
import {
  heNormal,
  linearParameters,
  torchDefault,
  xavierUniform,
  type Initializer,
  type ParameterDefinition,
} from '../layers/definition.ts';
import { linear } from '../layers/linear.ts';
import { parameter, vectorOf } from '../layers/lookup.ts';
import type { FasterRcnnForward, RegionPredictions } from './forward.ts';
import type { FasterRcnnSettings } from './settings.ts';

const HEAD = 'roi_heads.box_head.';
const PREDICTOR = 'roi_heads.box_predictor.';
/** Strides of P2 to P5; P6 gives proposals but no features. */
const SCALES = [1 / 4, 1 / 8, 1 / 16, 1 / 32];

export function regionDefinitions({ classes, fpn, roi, initialization }: FasterRcnnSettings): ParameterDefinition[] {
  const { hidden, poolSize } = roi;
  const zero: Initializer = { kind: 'constant', value: 0 };
  const torch = initialization === 'torchvision';
  const layer = (name: string, inputs: number, grid: boolean): ParameterDefinition[] =>
    linearParameters(
      HEAD + name,
      { inputs, outputs: hidden },
      torch ? torchDefault(inputs) : initialization === 'he' ? heNormal(inputs) : xavierUniform(inputs, hidden),
      torch ? torchDefault(inputs) : zero,
      grid ? { kind: 'channels-first', height: poolSize, width: poolSize } : undefined,
    );
  const output = (name: string, values: number, deviation: number): ParameterDefinition[] =>
    linearParameters(
      PREDICTOR + name,
      { inputs: hidden, outputs: values * (classes + 1) },
      torch ? torchDefault(hidden) : { kind: 'normal', deviation },
      torch ? torchDefault(hidden) : zero,
      { kind: 'background-first', values },
    );
  return [
    ...layer('fc6', fpn.channels * poolSize ** 2, true),
    ...layer('fc7', hidden, false),
    ...output('cls_score', 1, 0.01),
    ...output('bbox_pred', 4, 0.001),
  ];
}

/** Predictions at regions given in pixels of the forward's view. The caller owns the tensors. */
export function predictRegions(
  { features, parameters }: Pick<FasterRcnnForward, 'features' | 'parameters'>,
  regions: Regions,
  { classes, roi }: FasterRcnnSettings,
): RegionPredictions {
  const rows = regions.images.length;
  // no backend is to be trusted with products of empty matrices
  if (rows === 0) return { regions, logits: tf.zeros([0, classes + 1]), deltas: tf.zeros([0, 4 * classes]) };
  const levels = assignRoiLevels(regions.boxes, { kind: roi.levels });
  const { samplingRatio, aligned, poolSize } = roi;
  const options = { scales: SCALES, outputSize: [poolSize, poolSize] as const, samplingRatio, aligned };
  const predict = (): { logits: tf.Tensor2D; deltas: tf.Tensor2D } => {
    const weight = parameter(parameters, `${HEAD}fc6.weight`) as tf.Tensor2D;
    const bias = vectorOf(parameters, `${HEAD}fc6.bias`);
    const first = roiAlignLinear(features, regions, weight, bias, options, levels);
    const x = linear(parameters, `${HEAD}fc7`, first, 'relu');
    return {
      logits: linear(parameters, `${PREDICTOR}cls_score`, x),
      deltas: tf.slice(linear(parameters, `${PREDICTOR}bbox_pred`, x), [0, 0], [rows, 4 * classes]),
    };
  };
  const { logits, deltas } = phase('region head', () => tf.tidy(predict));
  return { regions, logits, deltas };
}

/** Rows of several predictions, one after the other. `deltas` of no rows at all have `4 C` columns still. */
export function joinPredictions(parts: readonly RegionPredictions[]): LevelPredictions<tf.Tensor2D> {
  const filled = parts.filter(({ logits }) => logits.shape[0] > 0);
  const used = filled.length > 0 ? filled : parts.slice(0, 1);
  return joinLevels(used);
}
