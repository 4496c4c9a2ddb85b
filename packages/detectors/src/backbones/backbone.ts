/** What a feature pyramid needs of a backbone. */
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { ParameterDefinition } from '../layers/definition.ts';
import type { Parameters } from '../types.ts';

/** Features at strides 4, 8, 16 and 32, `[B, ⌈H/stride⌉, ⌈W/stride⌉, channels]`. */
export type Features = readonly [c2: Tensor4D, c3: Tensor4D, c4: Tensor4D, c5: Tensor4D];

export interface Backbone {
  /** Channels of the four features. */
  readonly channels: readonly [number, number, number, number];
  /** Names begin with `backbone.body.`. */
  readonly definitions: readonly ParameterDefinition[];
  features(parameters: Parameters, pixels: Tensor4D): Features;
}

export interface BackboneSettings {
  /**
   * How many of the five stages, from the last, are trained (torchvision's `trainable_backbone_layers`): 3 freezes the
   * stem and the first stage, 5 trains everything, 0 nothing.
   */
  readonly trainableStages: number;
  /** Whether γ and β of the batch norms of trained stages are trained. The statistics never change. */
  readonly trainableNorm: boolean;
  /** ε of the batch norms, added to the variance. */
  readonly normEpsilon: number;
  /**
   * Where a ResNet's bottleneck (50, 101) has its stride: its 3x3 convolution (`3x3`, torchvision; default) or its
   * first 1x1 (`1x1`, as He et al. and Caffe have it, and so detectron2 by default and mmdetection with
   * `style='caffe'`). No name of a weight tells.
   */
  readonly stride?: '3x3' | '1x1';
}

export const BODY = 'backbone.body.';
