import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { ConvolutionActivation, Padding, Strides } from '@sed/tensor-ops';
import {
  convolutionFilterGradientKernel,
  convolutionInputGradientKernel,
  convolutionKernel,
  type Kernel,
} from '@sed/tensor-ops/kernels';
import type { Attribute, TensorFlowBackend } from './backend.ts';
import { integers, nothing } from './small-constants.ts';

/** Geometry of one convolution, forward or backward. */
export interface Geometry {
  strides: Strides;
  padding: Padding;
}

/** A whole number as an attribute; a plain one is a float. */
export interface Whole {
  readonly int: number;
}
export type OwnAttributes = Readonly<Record<string, readonly number[] | string | boolean | number | Whole>>;

/**
 * TensorFlow ops on float32 NHWC tensors, by their TensorFlow names. Each returns a tensor that the caller disposes of;
 * none is recorded on tfjs's tape, so they are for use inside kernels.
 */
export class TensorFlowOps {
  readonly backend: TensorFlowBackend;
  /**
   * Whether the fused ops can be used. TensorFlow reserves them for its graph optimizer; called by name they work on a
   * CPU with oneDNN, through an addon that can pass lists of strings.
   */
  readonly fused: boolean;

  constructor(backend: TensorFlowBackend, fused = false) {
    this.backend = backend;
    this.fused = fused;
  }

  convolution(x: TensorInfo, filter: TensorInfo, geometry: Geometry): Tensor {
    return this.#run('Conv2D', this.#convolutionAttributes(geometry, true), [x, filter]);
  }

  convolutionInputGradient(
    inputShape: readonly number[],
    filter: TensorInfo,
    dy: TensorInfo,
    geometry: Geometry,
  ): Tensor {
    return this.#withShape(inputShape, (sizes) =>
      this.#run('Conv2DBackpropInput', this.#convolutionAttributes(geometry, true), [sizes, filter, dy]),
    );
  }

  convolutionFilterGradient(x: TensorInfo, filterShape: readonly number[], dy: TensorInfo, geometry: Geometry): Tensor {
    return this.#withShape(filterShape, (sizes) =>
      this.#run('Conv2DBackpropFilter', this.#convolutionAttributes(geometry, true), [x, sizes, dy]),
    );
  }

  /**
   * oneDNN's convolution with bias and activation in one pass over the output. Only where `fused`.
   */
  fusedConvolution(
    x: TensorInfo,
    filter: TensorInfo,
    bias: TensorInfo,
    activation: ConvolutionActivation,
    geometry: Geometry,
  ): Tensor {
    const attributes = [
      ...this.#convolutionAttributes(geometry, false),
      ...this.#fusedAttributes(activation),
      this.#text('TArgs', `list(type):${this.backend.binding.TF_FLOAT}`),
    ];
    return this.#run('_MklNativeFusedConv2D', attributes, [x, filter, bias]);
  }

  /**
   * The same, one filter a channel; it knows TensorFlow's SAME padding and none, and one stride. Only where `fused`.
   */
  fusedDepthwise(
    x: TensorInfo,
    filter: TensorInfo,
    bias: TensorInfo,
    activation: ConvolutionActivation,
    stride: number,
    padding: 'SAME' | 'VALID',
  ): Tensor {
    const strides = { name: 'strides', type: this.backend.binding.TF_ATTR_INT, value: [1, stride, stride, 1] };
    const dilations = { name: 'dilations', type: this.backend.binding.TF_ATTR_INT, value: [1, 1, 1, 1] };
    const format = [this.#text('padding', padding), this.#text('data_format', 'NHWC')];
    const attributes = [this.#float('T'), strides, dilations, ...format, ...this.#fusedAttributes(activation)];
    return this.#run('_MklNativeFusedDepthwiseConv2dNative', attributes, [x, filter, bias]);
  }

  #fusedAttributes(activation: ConvolutionActivation): Attribute[] {
    const after = { none: '', relu: ',Relu', relu6: ',Relu6' }[activation];
    return [
      this.#number('num_args', 1),
      this.#text('fused_ops', `list(string):BiasAdd${after}`), // native/list-attributes.cc makes a list of it
      this.#text('_kernel', 'MklNameChangeOp'), // the label under which oneDNN's kernels are registered
    ];
  }

  /** The op of `native/kernels/convolution.cc`; a scale or bias without values is none. */
  ownConvolution(
    x: TensorInfo,
    filter: TensorInfo,
    scale: TensorInfo,
    bias: TensorInfo,
    attributes: Geometry & { activation: ConvolutionActivation },
  ): Tensor {
    return this.#run(convolutionKernel.name, this.#ownAttributes(attributes), [x, filter, scale, bias]);
  }

  ownConvolutionInputGradient(
    dy: TensorInfo,
    filter: TensorInfo,
    scale: TensorInfo,
    inputShape: readonly number[],
    attributes: Geometry,
  ): Tensor {
    return this.#withShape(inputShape, (sizes) =>
      this.#run(convolutionInputGradientKernel.name, this.#ownAttributes(attributes), [dy, filter, scale, sizes]),
    );
  }

  ownConvolutionFilterGradient(
    x: TensorInfo,
    dy: TensorInfo,
    filterShape: readonly number[],
    attributes: Geometry,
  ): Tensor {
    return this.#withShape(filterShape, (sizes) =>
      this.#run(convolutionFilterGradientKernel.name, this.#ownAttributes(attributes), [x, dy, sizes]),
    );
  }

  #ownAttributes(attributes: Geometry & { activation?: ConvolutionActivation }): Attribute[] {
    const { strides, padding, activation = 'none' } = attributes;
    const { TF_ATTR_INT } = this.backend.binding;
    return [
      { name: 'strides', type: TF_ATTR_INT, value: strides },
      { name: 'padding', type: TF_ATTR_INT, value: padding },
      this.#text('activation', activation),
    ];
  }

  /**
   * The op of `native/kernels` that has a kernel's name. Attributes are lists of integers, texts, flags, whole numbers
   * and, as plain numbers, floats; an input that is not there is passed as a tensor without values.
   */
  own<Output extends Tensor>(
    kernel: Kernel<never, never, Output>,
    attributes: OwnAttributes,
    inputs: readonly (TensorInfo | undefined)[],
  ): Output {
    return this.#run(kernel.name, this.#attributes(attributes), this.#given(inputs)) as Output;
  }

  /** As `own`, of an op with several outputs. */
  ownSeveral<Outputs extends Tensor[]>(
    kernel: Kernel<never, never, Outputs>,
    attributes: OwnAttributes,
    inputs: readonly (TensorInfo | undefined)[],
    outputs: Outputs['length'],
  ): Outputs {
    const given = this.#given(inputs);
    return this.backend.executeMultipleOutputs(kernel.name, this.#attributes(attributes), given, outputs) as Outputs;
  }

  #attributes(attributes: OwnAttributes): Attribute[] {
    const { TF_ATTR_INT, TF_ATTR_FLOAT } = this.backend.binding;
    return Object.entries(attributes).map(([name, value]): Attribute => {
      if (typeof value === 'string') return this.#text(name, value);
      if (typeof value === 'boolean') return this.#bool(name, value);
      if (typeof value === 'number') return { name, type: TF_ATTR_FLOAT, value };
      return { name, type: TF_ATTR_INT, value: 'int' in value ? value.int : value };
    });
  }

  #given(inputs: readonly (TensorInfo | undefined)[]): TensorInfo[] {
    return inputs.map((input) => input ?? this.nothing);
  }

  /** A tensor without values, which stays: it is nobody's to dispose of. */
  get nothing(): TensorInfo {
    return nothing(this.backend);
  }

  depthwise(x: TensorInfo, filter: TensorInfo, geometry: Geometry): Tensor {
    return this.#run('DepthwiseConv2dNative', this.#convolutionAttributes(geometry, false), [x, filter]);
  }

  depthwiseInputGradient(
    inputShape: readonly number[],
    filter: TensorInfo,
    dy: TensorInfo,
    geometry: Geometry,
  ): Tensor {
    return this.#withShape(inputShape, (sizes) =>
      this.#run('DepthwiseConv2dNativeBackpropInput', this.#convolutionAttributes(geometry, false), [
        sizes,
        filter,
        dy,
      ]),
    );
  }

  depthwiseFilterGradient(x: TensorInfo, filterShape: readonly number[], dy: TensorInfo, geometry: Geometry): Tensor {
    return this.#withShape(filterShape, (sizes) =>
      this.#run('DepthwiseConv2dNativeBackpropFilter', this.#convolutionAttributes(geometry, false), [x, sizes, dy]),
    );
  }

  matMul(a: TensorInfo, b: TensorInfo, transposeA = false, transposeB = false): Tensor {
    const attributes = [this.#float('T'), this.#bool('transpose_a', transposeA), this.#bool('transpose_b', transposeB)];
    return this.#run('MatMul', attributes, [a, b]);
  }

  biasAdd(x: TensorInfo, bias: TensorInfo): Tensor {
    return this.#run('BiasAdd', [this.#float('T'), this.#text('data_format', 'NHWC')], [x, bias]);
  }

  multiply(a: TensorInfo, b: TensorInfo): Tensor {
    return this.#run('Mul', [this.#float('T')], [a, b]);
  }

  activation(kind: 'relu' | 'relu6', x: TensorInfo): Tensor {
    return this.#run(kind === 'relu' ? 'Relu' : 'Relu6', [this.#float('T')], [x]);
  }

  activationGradient(kind: 'relu' | 'relu6', dy: TensorInfo, y: TensorInfo): Tensor {
    return this.#run(kind === 'relu' ? 'ReluGrad' : 'Relu6Grad', [this.#float('T')], [dy, y]);
  }

  /** Turns both spatial axes of a filter `[kh,kw,…]` around. */
  flip(filter: TensorInfo): Tensor {
    return this.#withShape([0, 1], (axes) =>
      this.#run('ReverseV2', [this.#float('T'), this.#int('Tidx')], [filter, axes]),
    );
  }

  transpose(x: TensorInfo, order: readonly number[]): Tensor {
    return this.#withShape(order, (axes) => this.#run('Transpose', [this.#float('T'), this.#int('Tperm')], [x, axes]));
  }

  pad(x: TensorInfo, [top, bottom, left, right]: Padding): Tensor {
    const paddings = tf.tensor2d([0, 0, top, bottom, left, right, 0, 0], [4, 2], 'int32');
    const y = this.#run('Pad', [this.#float('T'), this.#int('Tpaddings')], [x, paddings]);
    paddings.dispose();
    return y;
  }

  slice(x: TensorInfo, begin: readonly number[], size: readonly number[]): Tensor {
    return this.#withShape(begin, (from) =>
      this.#withShape(size, (length) => this.#run('Slice', [this.#float('T'), this.#int('Index')], [x, from, length])),
    );
  }

  /** Every `strides`-th row and column of `[B,H,W,C]`, from the first. */
  subsample(x: TensorInfo, strides: Strides): Tensor {
    const [begin, end, step] = [[0, 0, 0, 0], x.shape, [1, strides[0], strides[1], 1]].map((v) =>
      tf.tensor1d(v, 'int32'),
    );
    const masks = ['begin_mask', 'end_mask', 'ellipsis_mask', 'new_axis_mask', 'shrink_axis_mask'];
    const attributes = [this.#float('T'), this.#int('Index'), ...masks.map((name) => this.#number(name, 0))];
    const y = this.#run('StridedSlice', attributes, [x, begin!, end!, step!]);
    tf.dispose([begin!, end!, step!]);
    return y;
  }

  reshape(x: TensorInfo, shape: readonly number[]): Tensor {
    return this.#withShape(shape, (sizes) => this.#run('Reshape', [this.#float('T'), this.#int('Tshape')], [x, sizes]));
  }

  concat(parts: readonly TensorInfo[]): Tensor {
    const axis = tf.scalar(0, 'int32');
    const attributes = [this.#number('N', parts.length), this.#float('T'), this.#int('Tidx')];
    const y = this.#run('ConcatV2', attributes, [...parts, axis]);
    axis.dispose();
    return y;
  }

  #run(name: string, attributes: Attribute[], inputs: TensorInfo[]): Tensor {
    return this.backend.executeSingleOutput(name, attributes, inputs);
  }

  #withShape(shape: readonly number[], body: (sizes: TensorInfo) => Tensor): Tensor {
    const kept = integers(this.backend, shape);
    if (kept) return body(kept);
    const sizes = tf.tensor1d(shape as number[], 'int32');
    try {
      return body(sizes);
    } finally {
      sizes.dispose();
    }
  }

  #convolutionAttributes({ strides, padding }: Geometry, cudnn: boolean): Attribute[] {
    const { TF_ATTR_INT } = this.backend.binding;
    const explicit = padding.some((p) => p !== 0);
    const attributes = [
      this.#float('T'),
      { name: 'strides', type: TF_ATTR_INT, value: [1, strides[0], strides[1], 1] },
      this.#text('padding', explicit ? 'EXPLICIT' : 'VALID'),
      this.#text('data_format', 'NHWC'),
      { name: 'dilations', type: TF_ATTR_INT, value: [1, 1, 1, 1] },
    ];
    if (explicit) attributes.push({ name: 'explicit_paddings', type: TF_ATTR_INT, value: [0, 0, ...padding, 0, 0] });
    if (cudnn) attributes.push(this.#bool('use_cudnn_on_gpu', true));
    return attributes;
  }

  #float(name: string): Attribute {
    return { name, type: this.backend.binding.TF_ATTR_TYPE, value: this.backend.binding.TF_FLOAT };
  }

  #int(name: string): Attribute {
    return { name, type: this.backend.binding.TF_ATTR_TYPE, value: this.backend.binding.TF_INT32 };
  }

  #bool(name: string, value: boolean): Attribute {
    return { name, type: this.backend.binding.TF_ATTR_BOOL, value };
  }

  #number(name: string, value: number): Attribute {
    return { name, type: this.backend.binding.TF_ATTR_INT, value };
  }

  #text(name: string, value: string): Attribute {
    return { name, type: this.backend.binding.TF_ATTR_STRING, value };
  }
}
