import type { Padding, Strides } from './geometry.ts';

/**
 * TensorFlow's SAME padding, in numbers: the output has ceil(size / stride) rows and columns, and where the zeros
 * cannot be split evenly the odd row or column goes below or to the right. It depends on the input's size, unlike
 * PyTorch's symmetric padding.
 */
export function samePadding(
  height: number,
  width: number,
  kernelHeight: number,
  kernelWidth: number,
  strides: Strides,
): Padding {
  const total = (size: number, kernel: number, stride: number) =>
    Math.max(0, (Math.ceil(size / stride) - 1) * stride + kernel - size);
  const vertical = total(height, kernelHeight, strides[0]);
  const horizontal = total(width, kernelWidth, strides[1]);
  const [top, left] = [Math.floor(vertical / 2), Math.floor(horizontal / 2)];
  return [top, vertical - top, left, horizontal - left];
}
