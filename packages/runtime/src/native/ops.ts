import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { Padding, Strides } from '@sed/tensor-ops';
import { integers, nothing, type ConstantsBackend } from './small-constants.ts';

interface Attribute {
  name: string;
  type: number;
  value: unknown;
}

/** tfjs-node's backend, which runs any TensorFlow op by name. */
interface Backend extends ConstantsBackend {
  binding: Record<
    'TF_ATTR_TYPE' | 'TF_ATTR_INT' | 'TF_ATTR_FLOAT' | 'TF_ATTR_BOOL' | 'TF_ATTR_STRING' | 'TF_FLOAT' | 'TF_INT32',
    number
  >;
  executeSingleOutput(name: string, attributes: Attribute[], inputs: TensorInfo[]): Tensor;
  executeMultipleOutputs(name: string, attributes: Attribute[], inputs: TensorInfo[], outputs: number): Tensor[];
}

type Activation = 'none' | 'relu' | 'relu6';

/** Geometry of one convolution, forward or backward. */
export interface Geometry {
  strides: Strides;
  padding: Padding;
}

/** A kernel of tensor-ops made of TensorFlow's ops. */
export type Kernel = (ops: TensorFlowOps, inputs: never, attributes: never) => Tensor | Tensor[];

/**
 * TensorFlow ops on float32 NHWC tensors, by their TensorFlow names. Each returns a tensor that the caller disposes of;
 * none is recorded on tfjs's tape, so they are for use inside kernels.
 */
export class TensorFlowOps {
  readonly #backend: Backend;
  /**
   * Whether the fused ops can be used. TensorFlow reserves them for its graph optimiser; called by name they work on a CPU
   * with oneDNN, through an addon that can pass lists of strings.
   */
  readonly fused: boolean;

  constructor(backend: unknown, fused = false) {
    this.#backend = backend as Backend;
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
    activation: Activation,
    geometry: Geometry,
  ): Tensor {
    const attributes = [
      ...this.#convolutionAttributes(geometry, false),
      ...this.#fusedAttributes(activation),
      this.#text('TArgs', `list(type):${this.#backend.binding.TF_FLOAT}`),
    ];
    return this.#run('_MklNativeFusedConv2D', attributes, [x, filter, bias]);
  }

  /** The same, one filter a channel; it knows TensorFlow's SAME padding and none, and one stride. Only where `fused`. */
  fusedDepthwise(
    x: TensorInfo,
    filter: TensorInfo,
    bias: TensorInfo,
    activation: Activation,
    stride: number,
    padding: 'SAME' | 'VALID',
  ): Tensor {
    const strides = { name: 'strides', type: this.#backend.binding.TF_ATTR_INT, value: [1, stride, stride, 1] };
    const dilations = { name: 'dilations', type: this.#backend.binding.TF_ATTR_INT, value: [1, 1, 1, 1] };
    const format = [this.#text('padding', padding), this.#text('data_format', 'NHWC')];
    const attributes = [this.#float('T'), strides, dilations, ...format, ...this.#fusedAttributes(activation)];
    return this.#run('_MklNativeFusedDepthwiseConv2dNative', attributes, [x, filter, bias]);
  }

  #fusedAttributes(activation: Activation): Attribute[] {
    const after = { none: '', relu: ',Relu', relu6: ',Relu6' }[activation];
    return [
      this.#number('num_args', 1),
      this.#text('fused_ops', `list(string):BiasAdd${after}`), // native/list-attributes.cc makes a list of it
      this.#text('_kernel', 'MklNameChangeOp'), // the label under which oneDNN's kernels are registered
    ];
  }

  /** `SedConvolution` of `native/kernels/convolution.cc`; a scale or bias without values is none. */
  ownConvolution(
    x: TensorInfo,
    filter: TensorInfo,
    scale: TensorInfo,
    bias: TensorInfo,
    attributes: Geometry & { activation: Activation },
  ): Tensor {
    return this.#run('SedConvolution', this.#ownAttributes(attributes), [x, filter, scale, bias]);
  }

  ownConvolutionInputGradient(
    dy: TensorInfo,
    filter: TensorInfo,
    scale: TensorInfo,
    inputShape: readonly number[],
    attributes: Geometry,
  ): Tensor {
    return this.#withShape(inputShape, (sizes) =>
      this.#run('SedConvolutionInputGradient', this.#ownAttributes(attributes), [dy, filter, scale, sizes]),
    );
  }

  ownConvolutionFilterGradient(
    x: TensorInfo,
    dy: TensorInfo,
    filterShape: readonly number[],
    attributes: Geometry,
  ): Tensor {
    return this.#withShape(filterShape, (sizes) =>
      this.#run('SedConvolutionFilterGradient', this.#ownAttributes(attributes), [x, dy, sizes]),
    );
  }

  #ownAttributes(attributes: Geometry & { activation?: Activation }): Attribute[] {
    const { strides, padding, activation = 'none' } = attributes;
    const { TF_ATTR_INT } = this.#backend.binding;
    return [
      { name: 'strides', type: TF_ATTR_INT, value: strides },
      { name: 'padding', type: TF_ATTR_INT, value: padding },
      this.#text('activation', activation),
    ];
  }

  /**
   * An op of `native/kernels`, by name. Attributes are lists of integers, texts and, as plain numbers, floats; an input that is not
   * there is passed as a tensor without values.
   */
  own(
    name: string,
    attributes: Record<string, readonly number[] | string | number>,
    inputs: readonly (TensorInfo | undefined)[],
    outputs = 1,
  ): Tensor[] {
    const { TF_ATTR_INT, TF_ATTR_FLOAT } = this.#backend.binding;
    const list = Object.entries(attributes).map(([key, value]): Attribute => {
      if (typeof value === 'string') return this.#text(key, value);
      return { name: key, type: typeof value === 'number' ? TF_ATTR_FLOAT : TF_ATTR_INT, value };
    });
    const given = inputs.map((input) => input ?? this.nothing);
    if (outputs === 1) return [this.#backend.executeSingleOutput(name, list, given)];
    return this.#backend.executeMultipleOutputs(name, list, given, outputs);
  }

  /** A tensor without values, which stays: it is nobody's to dispose of. */
  get nothing(): TensorInfo {
    return nothing(this.#backend);
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
    return this.#backend.executeSingleOutput(name, attributes, inputs);
  }

  #withShape(shape: readonly number[], body: (sizes: TensorInfo) => Tensor): Tensor {
    const kept = integers(this.#backend, shape);
    if (kept) return body(kept);
    const sizes = tf.tensor1d(shape as number[], 'int32');
    try {
      return body(sizes);
    } finally {
      sizes.dispose();
    }
  }

  #convolutionAttributes({ strides, padding }: Geometry, cudnn: boolean): Attribute[] {
    const { TF_ATTR_INT } = this.#backend.binding;
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
    return { name, type: this.#backend.binding.TF_ATTR_TYPE, value: this.#backend.binding.TF_FLOAT };
  }

  #int(name: string): Attribute {
    return { name, type: this.#backend.binding.TF_ATTR_TYPE, value: this.#backend.binding.TF_INT32 };
  }

  #bool(name: string, value: boolean): Attribute {
    return { name, type: this.#backend.binding.TF_ATTR_BOOL, value };
  }

  #number(name: string, value: number): Attribute {
    return { name, type: this.#backend.binding.TF_ATTR_INT, value };
  }

  #text(name: string, value: string): Attribute {
    return { name, type: this.#backend.binding.TF_ATTR_STRING, value };
  }
}
