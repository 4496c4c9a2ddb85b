/**
 * The convolutions of tensor-ops by oneDNN's own kernels (`native/kernels/convolution.cc`), where the addon that has them could be
 * built: a frozen affine, the bias and the activation are part of the one call, and no formula has to be chosen by shape.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type {
  ConvolutionAttributes,
  ConvolutionInputs,
  FilterGradientAttributes,
  FilterGradientInputs,
  InputGradientAttributes,
  InputGradientInputs,
} from '@sed/tensor-ops';
import * as names from '@sed/tensor-ops';
import { convolutionFilterGradient, isMatrixProduct } from './convolution.ts';
import type { Kernel, TensorFlowOps } from './ops.ts';

/** `depthwise`: one filter a channel, `[kh,kw,C,1]`. */
function forward(depthwise: boolean) {
  return (ops: TensorFlowOps, { x, filter, scale, bias }: ConvolutionInputs, attributes: ConvolutionAttributes) =>
    withNothing((nothing) =>
      ops.ownConvolution(x, filter, scale ?? nothing, bias ?? nothing, { ...attributes, depthwise }),
    );
}

function inputGradient(depthwise: boolean) {
  return (ops: TensorFlowOps, { dy, filter, scale }: InputGradientInputs, attributes: InputGradientAttributes) =>
    withNothing((nothing) =>
      ops.ownConvolutionInputGradient(dy, filter, scale ?? nothing, attributes.inputShape, {
        ...attributes,
        depthwise,
      }),
    );
}

/** From this many weights on a 1x1 filter's gradient is a plain product: oneDNN's kernel takes three times as long for 12544 x 1024. */
const LARGE_LAYER = 1 << 20;

function filterGradient(depthwise: boolean) {
  return (ops: TensorFlowOps, inputs: FilterGradientInputs, attributes: FilterGradientAttributes) => {
    const { filterShape, strides, padding } = attributes;
    const large = filterShape[2] * filterShape[3] >= LARGE_LAYER;
    if (!depthwise && large && isMatrixProduct(filterShape, strides, padding)) {
      return convolutionFilterGradient(ops, inputs, attributes);
    }
    return ops.ownConvolutionFilterGradient(inputs.x, inputs.dy, filterShape, { ...attributes, depthwise });
  };
}

/** A tensor without values stands for a scale or a bias that is not there. */
function withNothing(body: (nothing: Tensor) => Tensor): Tensor {
  const nothing = tf.tensor1d([], 'float32');
  try {
    return body(nothing);
  } finally {
    nothing.dispose();
  }
}

export const ownKernels: Record<string, Kernel> = {
  [names.SED_CONVOLUTION]: forward(false),
  [names.SED_CONVOLUTION_INPUT_GRADIENT]: inputGradient(false),
  [names.SED_CONVOLUTION_FILTER_GRADIENT]: filterGradient(false),
  [names.SED_DEPTHWISE_CONVOLUTION]: forward(true),
  [names.SED_DEPTHWISE_CONVOLUTION_INPUT_GRADIENT]: inputGradient(true),
  [names.SED_DEPTHWISE_CONVOLUTION_FILTER_GRADIENT]: filterGradient(true),
};
