/**
 * EfficientNet-Lite0: EfficientNet-B0 without squeeze-and-excitation, with ReLU6, and with stem and last stage
 * unscaled. Names and numbers are those of the PyPI package `efficientnet-lite-pytorch`, whose weights are
 * TensorFlow's: stride-2 layers are padded at the bottom and the right.
 */
import * as tf from '@tensorflow/tfjs-core';
import { convolveNorm, depthwiseNorm, samePadding } from '../layers/convolve.ts';
import {
  convolutionParameters,
  depthwiseParameters,
  heNormal,
  normParameters,
  type ParameterDefinition,
} from '../layers/definition.ts';
import { withoutGradient } from '../layers/frozen.ts';
import type { Parameters } from '../types.ts';
import { BODY, type Backbone, type BackboneSettings } from './backbone.ts';

/**
 * Repeats, kernel, stride of the first, expansion, outputs: the decoded strings `r1_k3_s11_e1_i32_o16` … of the
 * package.
 */
const STAGES = [
  [1, 3, 1, 1, 16],
  [2, 3, 2, 6, 24],
  [2, 5, 2, 6, 40],
  [3, 3, 2, 6, 80],
  [3, 5, 1, 6, 112],
  [4, 5, 2, 6, 192],
  [1, 3, 1, 6, 320],
] as const;
const STEM_CHANNELS = 32;

interface Block {
  readonly prefix: string;
  readonly kernel: number;
  readonly stride: number;
  readonly inputs: number;
  readonly hidden: number;
  readonly outputs: number;
  /** 1 for stride 2 (the stem's stage) to 5 for stride 32. */
  readonly stage: number;
}

function blocksOf(): Block[] {
  const blocks: Block[] = [];
  let inputs = STEM_CHANNELS;
  let stage = 1;
  for (const [repeats, kernel, firstStride, expansion, outputs] of STAGES) {
    for (let i = 0; i < repeats; i++) {
      const stride = i === 0 ? firstStride : 1;
      if (stride === 2) stage++;
      const prefix = `${BODY}_blocks.${blocks.length}.`;
      blocks.push({ prefix, kernel, stride, inputs, hidden: inputs * expansion, outputs, stage });
      inputs = outputs;
    }
  }
  return blocks;
}

/** @param settings 3 trainable stages freeze the stem and blocks 0 to 2; ε is 1e-3 for the released weights */
export function createEfficientNetLite0(settings: BackboneSettings): Backbone {
  const { trainableStages, trainableNorm, normEpsilon } = settings;
  const blocks = blocksOf();
  const isTrained = (stage: number): boolean => trainableStages >= 6 - stage;

  const convNorm = (conv: string, norm: string, kernel: number, inputs: number, outputs: number, trained: boolean) => [
    ...convolutionParameters(conv, { kernel, inputs, outputs }, trained, heNormal(kernel ** 2 * outputs)),
    ...normParameters(norm, outputs, trained && trainableNorm),
  ];
  const define = ({ prefix, kernel, inputs, hidden, outputs, stage }: Block): ParameterDefinition[] => {
    const trained = isTrained(stage);
    return [
      ...(hidden === inputs ? [] : convNorm(`${prefix}_expand_conv`, `${prefix}_bn0`, 1, inputs, hidden, trained)),
      ...depthwiseParameters(`${prefix}_depthwise_conv`, kernel, hidden, trained),
      ...normParameters(`${prefix}_bn1`, hidden, trained && trainableNorm),
      ...convNorm(`${prefix}_project_conv`, `${prefix}_bn2`, 1, hidden, outputs, trained),
    ];
  };

  const runStem = (parameters: Parameters, pixels: tf.Tensor4D): tf.Tensor4D =>
    convolveNorm(parameters, `${BODY}_conv_stem`, `${BODY}_bn0`, normEpsilon, pixels, {
      stride: 2,
      padding: samePadding(3, 2),
      activation: 'relu6',
    });
  const computeBlock = (parameters: Parameters, block: Block, x: tf.Tensor4D): tf.Tensor4D => {
    const { prefix, kernel, stride, inputs, hidden, outputs } = block;
    const pointwise = { padding: samePadding(1, 1) };
    let y = x;
    if (hidden !== inputs) {
      y = convolveNorm(parameters, `${prefix}_expand_conv`, `${prefix}_bn0`, normEpsilon, y, {
        ...pointwise,
        activation: 'relu6',
      });
    }
    y = depthwiseNorm(parameters, `${prefix}_depthwise_conv`, `${prefix}_bn1`, normEpsilon, y, {
      stride,
      padding: samePadding(kernel, stride),
      activation: 'relu6',
    });
    y = convolveNorm(parameters, `${prefix}_project_conv`, `${prefix}_bn2`, normEpsilon, y, pointwise);
    return stride === 1 && inputs === outputs ? tf.add(x, y) : y;
  };
  // Tidied block by block and stage by stage: without a tape activations are freed as soon as they have been used.
  const runBlock = (parameters: Parameters, block: Block, x: tf.Tensor4D): tf.Tensor4D =>
    tf.tidy(() => computeBlock(parameters, block, x));
  const runStage = (parameters: Parameters, stage: number, x: tf.Tensor4D): tf.Tensor4D =>
    tf.tidy(() =>
      blocks
        .filter((block) => block.stage === stage)
        .reduce((y, block) => runBlock(parameters, block, y), stage === 1 ? runStem(parameters, x) : x),
    );

  return {
    channels: [24, 40, 112, 320],
    definitions: [
      ...convNorm(`${BODY}_conv_stem`, `${BODY}_bn0`, 3, 3, STEM_CHANNELS, isTrained(1)),
      ...blocks.flatMap(define),
    ],
    features(parameters, pixels) {
      const outputs: tf.Tensor4D[] = [];
      let x = pixels;
      for (let stage = 1; stage <= 5; stage++) {
        x = isTrained(stage)
          ? runStage(parameters, stage, x)
          : withoutGradient((input) => runStage(parameters, stage, input), x);
        outputs.push(x);
      }
      return [outputs[1]!, outputs[2]!, outputs[3]!, outputs[4]!];
    },
  };
}
