/**
 * Convolutions of stock tfjs ops with any padding, and the filter that they take: what the kernels' compositions are
 * made of.
 *
 * The gradients use only forward convolutions, slices and matrix products: wasm lacks the stock backward kernels, and
 * tfjs-node's refuse explicit padding. They are also the fast forms on the JavaScript backends, whose backward kernels
 * are plain loops.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Padding, Strides } from './geometry.ts';

/** tf.conv2d with explicit padding; tfjs-node's kernel takes none, so there the image is padded first. */
export function convolve(
  x: Tensor4D,
  filter: Tensor4D,
  strides: Strides,
  padding: Padding,
  backendName: string,
): Tensor4D {
  if (padding.every((p) => p === 0)) return tf.conv2d(x, filter, strides as [number, number], 'valid');
  if (backendName === 'tensorflow') {
    return tf.conv2d(padOrCrop(x, padding), filter, strides as [number, number], 'valid');
  }
  return tf.conv2d(x, filter, strides as [number, number], explicit(padding));
}

/** As `convolve`, one filter a channel. */
export function convolveDepthwise(
  x: Tensor4D,
  filter: Tensor4D,
  strides: Strides,
  padding: Padding,
  backendName: string,
): Tensor4D {
  if (padding.every((p) => p === 0)) return tf.depthwiseConv2d(x, filter, strides as [number, number], 'valid');
  if (backendName === 'tensorflow') {
    return tf.depthwiseConv2d(padOrCrop(x, padding), filter, strides as [number, number], 'valid');
  }
  return tf.depthwiseConv2d(x, filter, strides as [number, number], explicit(padding));
}

export function explicit(padding: Padding): tf.backend_util.ExplicitPadding {
  return [
    [0, 0],
    [padding[0], padding[1]],
    [padding[2], padding[3]],
    [0, 0],
  ];
}

/** Zeros around the grid where the padding is positive, rows and columns cut off where it is negative. */
export function padOrCrop(x: Tensor4D, [top, bottom, left, right]: Padding): Tensor4D {
  let y = x;
  if (top < 0 || bottom < 0 || left < 0 || right < 0) {
    const [batch, height, width, channels] = x.shape;
    const cut = [-top, -bottom, -left, -right].map((n) => Math.max(0, n)) as [number, number, number, number];
    y = tf.slice(y, [0, cut[0], cut[2], 0], [batch, height - cut[0] - cut[1], width - cut[2] - cut[3], channels]);
  }
  if (top <= 0 && bottom <= 0 && left <= 0 && right <= 0) return y;
  return tf.pad(y, [
    [0, 0],
    [Math.max(0, top), Math.max(0, bottom)],
    [Math.max(0, left), Math.max(0, right)],
    [0, 0],
  ]);
}

/** `filter [kh,kw,I,O]` times `scale [O]`, or `[kh,kw,C,1]` times `[C]`. */
export function scaleFilter(filter: Tensor4D, scale: Tensor1D | undefined, depthwise: boolean): Tensor4D {
  if (scale === undefined) return filter;
  return tf.mul(filter, depthwise ? tf.reshape(scale, [scale.shape[0], 1]) : scale);
}
