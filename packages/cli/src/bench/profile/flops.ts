/**
 * Floating point operations of convolutions and matrix products by the kernel's shapes; a multiply and an add are two.
 */
import { convolutionFlops, type Shape4D } from '@sed/tensor-ops/kernels';
import type { ConvolutionAttributes } from '@sed/tensor-ops/kernels';

type Shape = readonly number[];

/** A kernel's call as tfjs passes it. */
export interface KernelCall {
  readonly name: string;
  readonly inputs: Readonly<Record<string, { readonly shape: Shape } | undefined>>;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Shape of its first output. */
  readonly output: Shape;
}

type Formula = (call: KernelCall) => number;

const product = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);
const shapeOf = ({ inputs }: KernelCall, name: string): Shape => inputs[name]?.shape ?? [];

/** A convolution whose forward pass gives `y`: every value is a sum over the filter's window. */
const windows = (y: Shape, filter: Shape, depthwise: boolean): number =>
  2 * product(y) * filter[0]! * filter[1]! * (depthwise ? 1 : filter[2]!);

function ours({ strides, padding }: Readonly<Record<string, unknown>>, x: Shape, filter: Shape): number {
  const geometry = { strides, padding } as Pick<ConvolutionAttributes, 'strides' | 'padding'>;
  return convolutionFlops(x, filter, geometry.strides, geometry.padding);
}

/** Of a convolution of several levels at stride 1: rows are positions. */
const positions = (rows: Shape, filter: Shape): number => 2 * rows[0]! * product(filter);

function matrixProduct(call: KernelCall): number {
  const a = shapeOf(call, 'a');
  return 2 * product(call.output) * a.at(call.attributes['transposeA'] === true ? -2 : -1)!;
}

/** By kernel name; the two gradients of a convolution cost what it costs. */
const OURS: Readonly<Record<string, Formula>> = {
  SedConvolution: (c) => ours(c.attributes, shapeOf(c, 'x'), shapeOf(c, 'filter')),
  SedConvolutionInputGradient: (c) => ours(c.attributes, c.attributes['inputShape'] as Shape4D, shapeOf(c, 'filter')),
  SedConvolutionFilterGradient: (c) => ours(c.attributes, shapeOf(c, 'x'), c.attributes['filterShape'] as Shape4D),
};
const FORMULAS: Readonly<Record<string, Formula>> = {
  ...OURS,
  ...Object.fromEntries(Object.entries(OURS).map(([name, of]) => [name.replace('Sed', 'SedDepthwise'), of])),
  SedLevelsConvolution: (c) => positions(shapeOf(c, 'x'), shapeOf(c, 'filter')),
  SedLevelsConvolutionInputGradient: (c) => positions(shapeOf(c, 'dy'), shapeOf(c, 'filter')),
  SedLevelsConvolutionFilterGradient: (c) => positions(shapeOf(c, 'dy'), c.attributes['filterShape'] as Shape4D),
  Conv2D: (c) => windows(c.output, shapeOf(c, 'filter'), false),
  FusedConv2D: (c) => windows(c.output, shapeOf(c, 'filter'), false),
  Conv2DBackpropInput: (c) => windows(shapeOf(c, 'dy'), shapeOf(c, 'filter'), false),
  Conv2DBackpropFilter: (c) => windows(shapeOf(c, 'dy'), c.attributes['filterShape'] as Shape4D, false),
  DepthwiseConv2dNative: (c) => windows(c.output, shapeOf(c, 'filter'), true),
  FusedDepthwiseConv2D: (c) => windows(c.output, shapeOf(c, 'filter'), true),
  DepthwiseConv2dNativeBackpropInput: (c) => windows(shapeOf(c, 'dy'), shapeOf(c, 'filter'), true),
  DepthwiseConv2dNativeBackpropFilter: (c) => windows(shapeOf(c, 'dy'), c.attributes['filterShape'] as Shape4D, true),
  BatchMatMul: matrixProduct,
  _FusedMatMul: matrixProduct,
};
/** The count; 0 for a kernel that is neither. `Scaled` is a convolution with a frozen norm. */
export function flopsOf(call: KernelCall): number {
  const formula = FORMULAS[call.name] ?? FORMULAS[call.name.replace(/Scaled$/, '')];
  return formula === undefined ? 0 : formula(call);
}
