/** The kernels of the forward passes. */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import { defineKernel, type Kernel } from '../kernel.ts';
import type { ConvolutionActivation, Padding, Strides } from './geometry.ts';
import { convolve, convolveDepthwise, explicit, scaleFilter } from './padded.ts';

/**
 * `x [B,H,W,I]`, `filter [kh,kw,I,O]`, `scale? [O]`, `bias? [O]`; depthwise `filter [kh,kw,C,1]`, `scale? [C]`, `bias?
 * [C]`.
 */
export interface ConvolutionInputs {
  readonly x: Tensor4D;
  readonly filter: Tensor4D;
  readonly scale?: Tensor1D;
  readonly bias?: Tensor1D;
}
export interface ConvolutionAttributes {
  readonly strides: Strides;
  readonly padding: Padding;
  readonly activation: ConvolutionActivation;
}
/** One of the two. */
export type ConvolutionKernel = Kernel<ConvolutionInputs, ConvolutionAttributes, Tensor4D>;

function activate(y: Tensor4D, activation: ConvolutionActivation): Tensor4D {
  if (activation === 'none') return y;
  return activation === 'relu' ? tf.relu(y) : tf.relu6(y);
}

const forward =
  (depthwise: boolean): ConvolutionKernel['portable'] =>
  ({ x, filter, scale, bias }, { strides, padding, activation }, backendName) => {
    const effective = scaleFilter(filter, scale, depthwise);
    if (backendName === 'wasm') {
      // XNNPACK adds the bias and clamps in the same pass. tf.fused.conv2d would not: it refuses under a gradient tape.
      return tf
        .engine()
        .runKernel<Tensor4D>(
          depthwise ? tf.FusedDepthwiseConv2D : tf.FusedConv2D,
          bias ? { x, filter: effective, bias } : { x, filter: effective },
          {
            strides: [...strides],
            pad: explicit(padding),
            dataFormat: 'NHWC',
            dilations: [1, 1],
            activation: activation === 'none' ? 'linear' : activation,
          },
        );
    }
    let y = (depthwise ? convolveDepthwise : convolve)(x, effective, strides, padding, backendName);
    if (bias) y = tf.add(y, bias);
    return activate(y, activation);
  };

/** → `[B,H',W',O]`: activation(conv(x, filter · scale) + bias). */
export const convolutionKernel: ConvolutionKernel = defineKernel('SedConvolution', forward(false));
/** The same, one filter a channel. */
export const depthwiseConvolutionKernel: ConvolutionKernel = defineKernel('SedDepthwiseConvolution', forward(true));
