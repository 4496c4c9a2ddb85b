/**
 * ResNet-18/34/50/101 (He et al. 2016) as torchvision has it: the stride of a bottleneck is in its 3x3 convolution (or,
 * as Caffe has it, in the first 1x1), and strided layers are padded symmetrically.
 */
import { addRelu } from '@sed/tensor-ops';
import * as tf from '@tensorflow/tfjs-core';
import { convolveNorm, symmetricPadding } from '../layers/convolve.ts';
import {
  convolutionParameters,
  heNormal,
  normParameters,
  type ConvolutionShape,
  type ParameterDefinition,
} from '../layers/definition.ts';
import { withoutGradient } from '../layers/frozen.ts';
import type { Parameters } from '../types.ts';
import { BODY, type Backbone, type BackboneSettings } from './backbone.ts';

export type ResNetName = 'resnet18' | 'resnet34' | 'resnet50' | 'resnet101';

const BLOCKS: Record<ResNetName, readonly number[]> = {
  resnet18: [2, 2, 2, 2],
  resnet34: [3, 4, 6, 3],
  resnet50: [3, 4, 6, 3],
  resnet101: [3, 4, 23, 3],
};

interface Convolution extends ConvolutionShape {
  readonly name: string;
  readonly norm: string;
  readonly stride: number;
}

interface Block {
  readonly main: readonly Convolution[];
  readonly shortcut: Convolution | undefined;
}

/** `layer1` .. `layer4`, each a list of blocks. */
function stagesOf(name: ResNetName, strideIn: '3x3' | '1x1'): Block[][] {
  const bottleneck = name === 'resnet50' || name === 'resnet101';
  let inputs = 64;
  return BLOCKS[name].map((count, s) =>
    Array.from({ length: count }, (_, i): Block => {
      const prefix = `${BODY}layer${s + 1}.${i}.`;
      const width = 64 * 2 ** s;
      const outputs = bottleneck ? 4 * width : width;
      const stride = i === 0 && s > 0 ? 2 : 1;
      const first = strideIn === '1x1' ? stride : 1;
      const layer = (n: number, kernel: number, from: number, to: number, step: number): Convolution => ({
        name: `${prefix}conv${n}`,
        norm: `${prefix}bn${n}`,
        kernel,
        inputs: from,
        outputs: to,
        stride: step,
      });
      const main = bottleneck
        ? [layer(1, 1, inputs, width, first), layer(2, 3, width, width, stride / first), layer(3, 1, width, outputs, 1)]
        : [layer(1, 3, inputs, width, stride), layer(2, 3, width, width, 1)];
      const shortcut =
        stride > 1 || inputs !== outputs
          ? { name: `${prefix}downsample.0`, norm: `${prefix}downsample.1`, kernel: 1, inputs, outputs, stride }
          : undefined;
      inputs = outputs;
      return { main, shortcut };
    }),
  );
}

const STEM: Convolution = { name: `${BODY}conv1`, norm: `${BODY}bn1`, kernel: 7, inputs: 3, outputs: 64, stride: 2 };

/** @param settings ε is 1e-5 for ImageNet weights, 0 for torchvision's released COCO weights (its `overwrite_eps`) */
export function createResNet(name: ResNetName, settings: BackboneSettings): Backbone {
  const { trainableStages, trainableNorm, normEpsilon, stride = '3x3' } = settings;
  const stages = stagesOf(name, stride);
  // torchvision unfreezes layer4, layer3, layer2, layer1, conv1 in this order, and bn1 with conv1
  const isTrained = (stage: number): boolean => trainableStages >= 5 - stage;

  const define = (layer: Convolution, trained: boolean): ParameterDefinition[] => [
    ...convolutionParameters(layer.name, layer, trained, heNormal(layer.kernel ** 2 * layer.outputs)),
    ...normParameters(layer.norm, layer.outputs, trained && trainableNorm),
  ];
  const definitions = [
    ...define(STEM, isTrained(0)),
    ...stages.flatMap((blocks, s) =>
      blocks.flatMap(({ main, shortcut }) =>
        [...main, ...(shortcut ? [shortcut] : [])].flatMap((layer) => define(layer, isTrained(s + 1))),
      ),
    ),
  ];

  const runLayer = (
    parameters: Parameters,
    layer: Convolution,
    x: tf.Tensor4D,
    activation: 'none' | 'relu',
  ): tf.Tensor4D =>
    convolveNorm(parameters, layer.name, layer.norm, normEpsilon, x, {
      stride: layer.stride,
      padding: symmetricPadding(layer.kernel),
      activation,
    });
  // Tidied block by block and stage by stage: without a tape activations are freed as soon as they have been used.
  const runBlock = (parameters: Parameters, { main, shortcut }: Block, x: tf.Tensor4D): tf.Tensor4D =>
    tf.tidy(() => {
      const y = main.reduce((z, layer, i) => runLayer(parameters, layer, z, i < main.length - 1 ? 'relu' : 'none'), x);
      return addRelu(y, shortcut ? runLayer(parameters, shortcut, x, 'none') : x);
    });
  const runStem = (parameters: Parameters, pixels: tf.Tensor4D): tf.Tensor4D => {
    const y = runLayer(parameters, STEM, pixels, 'relu');
    // zeros pad as well as -inf does: nothing after a ReLU is below zero
    return tf.maxPool(
      tf.pad(y, [
        [0, 0],
        [1, 1],
        [1, 1],
        [0, 0],
      ]),
      3,
      2,
      'valid',
    );
  };
  const runStage = (parameters: Parameters, stage: number, x: tf.Tensor4D): tf.Tensor4D =>
    tf.tidy(() =>
      stage === 0 ? runStem(parameters, x) : stages[stage - 1]!.reduce((y, block) => runBlock(parameters, block, y), x),
    );

  const width = stages.map((blocks) => blocks[0]!.main.at(-1)!.outputs);
  return {
    channels: [width[0]!, width[1]!, width[2]!, width[3]!],
    definitions,
    features(parameters, pixels) {
      const outputs: tf.Tensor4D[] = [];
      let x = pixels;
      for (let stage = 0; stage <= 4; stage++) {
        x = isTrained(stage)
          ? runStage(parameters, stage, x)
          : withoutGradient((input) => runStage(parameters, stage, input), x);
        outputs.push(x);
      }
      return [outputs[1]!, outputs[2]!, outputs[3]!, outputs[4]!];
    },
  };
}
