/**
 * The gradients of `SedConvolution` and `SedDepthwiseConvolution`, the same on every backend.
 *
 * y = a(conv(x, w) + b) with w = filter · scale. With dz the gradient before the activation a:
 * dx = convᵀ(dz, w), dw = x ⋆ dz, dfilter = dw · scale, dscale_o = Σ dw · filter, db = Σ dz.
 * Nothing but x, the inputs and y is remembered: where the activation is open can be read from y.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import { differentiate, runKernel, runKernelAs, type KernelGradient } from '../kernel.ts';
import { activationGradientKernel, biasActivationGradientKernel, biasGradientKernel } from './activation-kernels.ts';
import {
  convolutionKernel,
  depthwiseConvolutionKernel,
  type ConvolutionAttributes,
  type ConvolutionInputs,
  type ConvolutionKernel,
} from './convolution-kernels.ts';
import {
  convolutionFilterGradientKernel,
  depthwiseConvolutionFilterGradientKernel,
} from './filter-gradient-kernels.ts';
import type { FilterGradientKernel } from './filter-gradient-kernels.ts';
import type { ConvolutionActivation } from './geometry.ts';
import { convolutionInputGradientKernel, depthwiseConvolutionInputGradientKernel } from './input-gradient-kernels.ts';
import type { InputGradientKernel } from './input-gradient-kernels.ts';

/** The kernels of a kind of convolution, and the axes of its filter that a scale does not tell apart. */
interface Kind {
  readonly kernel: ConvolutionKernel;
  readonly inputGradient: InputGradientKernel;
  readonly filterGradient: FilterGradientKernel;
  readonly shared: number[];
}

let lastOfBackward: readonly Tensor[] = [];

/**
 * The tidy around the backward pass would hold every layer's dz to the end, as much memory as all activations. tfjs is
 * done with a layer when it comes to the next one, so dz is freed then; the tidy frees the last.
 */
function releaseAfterThisLayer(made: readonly Tensor[]): void {
  tf.dispose(lastOfBackward as Tensor[]);
  lastOfBackward = made;
}

type Gradient = KernelGradient<ConvolutionInputs, ConvolutionAttributes, Tensor4D>;

function gradientOf({ inputGradient, filterGradient, shared }: Kind, hasScale: boolean): Gradient {
  return {
    inputsToSave: hasScale ? ['x', 'filter', 'scale'] : ['x', 'filter'],
    outputsToSave: [true],
    gradients: (dy, saved, { strides, padding, activation }) => {
      const [x, filter] = saved as [Tensor4D, Tensor4D];
      const scale = hasScale ? (saved[2] as Tensor1D) : undefined;
      const y = saved[saved.length - 1]!;
      // Every input's gradient needs dz, and tfjs calls this only if it wants at least one of them. It is made here and
      // not in the functions below because each of those runs in a tidy of its own.
      const [dz = dy, dbias] = gradientBeforeActivation(dy, y, activation, hasScale);
      const ofFilter = (by: { scale?: Tensor1D }): Tensor4D =>
        runKernel(filterGradient, { x, dy: dz, ...by }, { filterShape: filter.shape, strides, padding });
      const common = {
        x: () =>
          runKernel(inputGradient, scale === undefined ? { dy: dz, filter } : { dy: dz, filter, scale }, {
            inputShape: x.shape,
            strides,
            padding,
          }),
        filter: () => ofFilter(scale === undefined ? {} : { scale }),
        bias: () => (dbias ? tf.clone(dbias) : runKernel(biasGradientKernel, { dy: dz }, {})),
      };
      if (!hasScale) return common;
      return { ...common, scale: () => tf.sum(tf.mul(ofFilter({}), filter), shared) };
    },
  };
}

type BeforeActivation<T> = [] | [dz: T] | [dz: T, dbias: Tensor1D];

/**
 * dz where there is an activation, and the gradient of the bias where that is made in the same pass. With a scale the
 * norm is frozen, and its bias too. They stay until the next layer's.
 */
export function gradientBeforeActivation<T extends Tensor>(
  dy: T,
  y: Tensor,
  activation: ConvolutionActivation,
  hasScale: boolean,
): BeforeActivation<T> {
  const make = (): BeforeActivation<Tensor> => {
    if (activation === 'none') return [];
    if (hasScale) return [runKernel(activationGradientKernel, { dy, y }, { activation })];
    return runKernel(biasActivationGradientKernel, { dy, y }, { activation });
  };
  const made = make();
  releaseAfterThisLayer(made);
  return made as BeforeActivation<T>; // of dy's shape
}

/** A kind with its gradients; that of a convolution with `scale`, which saves one input more, is of another name. */
const differentiable = (kind: Kind) => ({
  kernel: kind.kernel,
  gradient: gradientOf(kind, false),
  scaled: { name: `${kind.kernel.name}Scaled`, gradient: gradientOf(kind, true) },
});

const plain = differentiable({
  kernel: convolutionKernel,
  inputGradient: convolutionInputGradientKernel,
  filterGradient: convolutionFilterGradientKernel,
  shared: [0, 1, 2],
});
const depthwise = differentiable({
  kernel: depthwiseConvolutionKernel,
  inputGradient: depthwiseConvolutionInputGradientKernel,
  filterGradient: depthwiseConvolutionFilterGradientKernel,
  shared: [0, 1, 3],
});

/** Runs a convolution, or its depthwise form, so that it can be differentiated. */
export function runConvolution(
  isDepthwise: boolean,
  inputs: ConvolutionInputs,
  attributes: ConvolutionAttributes,
): Tensor4D {
  const { kernel, gradient, scaled } = isDepthwise ? depthwise : plain;
  if (inputs.scale === undefined) {
    differentiate(kernel, gradient);
    return runKernel(kernel, inputs, attributes);
  }
  differentiate(kernel, scaled.gradient, scaled.name);
  return runKernelAs(scaled.name, kernel, inputs, attributes);
}
