/**
 * The gradients of `SedConvolution` and `SedDepthwiseConvolution`, the same on every backend.
 *
 * y = a(conv(x, w) + b) with w = filter · scale. With dz the gradient before the activation a:
 * dx = convᵀ(dz, w), dw = x ⋆ dz, dfilter = dw · scale, dscale_o = Σ dw · filter, db = Σ dz.
 * Nothing but x, the inputs and y is remembered: where the activation is open can be read from y.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { GradConfig, Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import * as names from './kernels.ts';
import type { ConvolutionAttributes, ConvolutionInputs } from './kernels.ts';
import { runKernel, runKernelAs, runKernels } from './run.ts';

let lastOfBackward: readonly Tensor[] = [];

/**
 * The tidy around the backward pass would hold every layer's dz to the end, as much memory as all activations. tfjs is done with a
 * layer when it comes to the next one, so dz is freed then; the tidy frees the last.
 */
function releaseAfterThisLayer(made: readonly Tensor[]): void {
  tf.dispose(lastOfBackward as Tensor[]);
  lastOfBackward = made;
}

/** The kernel's name under which a convolution with `scale` runs: the same kernel with a gradient that saves one input more. */
const scaled = (kernelName: string): string => `${kernelName}Scaled`;

function gradientConfig(depthwise: boolean, hasScale: boolean): GradConfig {
  const [kernelName, inputKernel, filterKernel] = depthwise
    ? [
        names.SED_DEPTHWISE_CONVOLUTION,
        names.SED_DEPTHWISE_CONVOLUTION_INPUT_GRADIENT,
        names.SED_DEPTHWISE_CONVOLUTION_FILTER_GRADIENT,
      ]
    : [names.SED_CONVOLUTION, names.SED_CONVOLUTION_INPUT_GRADIENT, names.SED_CONVOLUTION_FILTER_GRADIENT];
  return {
    kernelName: hasScale ? scaled(kernelName) : kernelName,
    inputsToSave: hasScale ? ['x', 'filter', 'scale'] : ['x', 'filter'],
    outputsToSave: [true],
    gradFunc: (dy, saved, attributes): ReturnType<GradConfig['gradFunc']> => {
      const { strides, padding, activation } = attributes as unknown as ConvolutionAttributes;
      const [x, filter] = saved as [Tensor4D, Tensor4D];
      const scale = hasScale ? (saved[2] as Tensor1D) : undefined;
      const y = saved[saved.length - 1]!;
      // Every input's gradient needs dz, and tfjs calls gradFunc only if it wants at least one of them. It is made here and not in
      // the functions below because each of those runs in a tidy of its own.
      const [dz = dy as Tensor, dbias] = gradientBeforeActivation(dy as Tensor, y, activation, hasScale);
      const filterGradient = (by: { scale?: Tensor1D }): Tensor4D =>
        runKernel(filterKernel, { x, dy: dz, ...by }, { filterShape: filter.shape, strides, padding }) as Tensor4D;
      const shared = {
        x: () =>
          runKernel(inputKernel, scale === undefined ? { dy: dz, filter } : { dy: dz, filter, scale }, {
            inputShape: x.shape,
            strides,
            padding,
          }),
        filter: () => filterGradient(scale === undefined ? {} : { scale }),
        bias: () => (dbias ? tf.clone(dbias) : runKernel(names.SED_BIAS_GRADIENT, { dy: dz }, {})),
      };
      if (!hasScale) return shared;
      return {
        ...shared,
        scale: () => tf.sum(tf.mul(filterGradient({}), filter), depthwise ? [0, 1, 3] : [0, 1, 2]),
      };
    },
  };
}

/**
 * dz where there is an activation, and the gradient of the bias where that is made in the same pass. With a scale the norm is frozen, and
 * its bias too. They stay until the next layer's.
 */
export function gradientBeforeActivation(
  dy: Tensor,
  y: Tensor,
  activation: ConvolutionAttributes['activation'],
  hasScale: boolean,
): readonly Tensor[] {
  const make = (): Tensor[] => {
    if (activation === 'none') return [];
    if (hasScale) return [runKernel(names.SED_ACTIVATION_GRADIENT, { dy, y }, { activation })];
    return runKernels(names.SED_BIAS_ACTIVATION_GRADIENT, { dy, y }, { activation });
  };
  const made = make();
  releaseAfterThisLayer(made);
  return made;
}

/** Runs `SedConvolution` or its depthwise form so that it can be differentiated. */
export function runConvolution(
  depthwise: boolean,
  inputs: ConvolutionInputs<Tensor>,
  attributes: ConvolutionAttributes,
): Tensor4D {
  const kernelName = depthwise ? names.SED_DEPTHWISE_CONVOLUTION : names.SED_CONVOLUTION;
  const hasScale = inputs.scale !== undefined;
  const gradientName = hasScale ? scaled(kernelName) : kernelName;
  // Not registered twice: another copy of this package may have done so, and tfjs warns of every override.
  if (tf.getGradient(gradientName) == null) tf.registerGradient(gradientConfig(depthwise, hasScale));
  const y = hasScale
    ? runKernelAs(gradientName, kernelName, inputs, attributes)
    : runKernel(kernelName, inputs, attributes);
  return y as Tensor4D;
}
