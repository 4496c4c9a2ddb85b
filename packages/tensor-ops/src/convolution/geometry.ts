/**
 * What a convolution is told, and the sizes that follow. `B` batch, `H W` grid, `I O` channels, `kh kw` kernel; NHWC
 * and HWIO.
 */

/** What follows the convolution and the bias. */
export type ConvolutionActivation = 'none' | 'relu' | 'relu6';
/** Steps of the filter in y and x. */
export type Strides = readonly [sy: number, sx: number];
/** Zeros around the image: rows above and below, columns left and right. Not negative. */
export type Padding = readonly [top: number, bottom: number, left: number, right: number];
/** `[batch, height, width, channels]`. */
export type Shape4D = readonly [number, number, number, number];

/** Length of the output along one axis: floor((input + padding before and after - kernel) / stride) + 1. */
export function outputSize(input: number, kernel: number, stride: number, before: number, after: number): number {
  return Math.floor((input + before + after - kernel) / stride) + 1;
}

/** Output height and width of a convolution over `[B,H,W,…]` with a filter `[kh,kw,…]`. */
export function outputGrid(
  inputShape: readonly number[],
  filterShape: readonly number[],
  strides: Strides,
  padding: Padding,
): [height: number, width: number] {
  return [
    outputSize(inputShape[1]!, filterShape[0]!, strides[0], padding[0], padding[1]),
    outputSize(inputShape[2]!, filterShape[1]!, strides[1], padding[2], padding[3]),
  ];
}

/**
 * Floating point operations (a multiply and an add are two) of one forward convolution; each of its two gradients costs
 * as many.
 * @param filterShape `[kh,kw,I,O]`; of a depthwise convolution `[kh,kw,C,1]`, which gives the right count too
 */
export function convolutionFlops(
  inputShape: readonly number[],
  filterShape: readonly number[],
  strides: Strides,
  padding: Padding,
): number {
  const [height, width] = outputGrid(inputShape, filterShape, strides, padding);
  return 2 * inputShape[0]! * height * width * filterShape.reduce((product, n) => product * n, 1);
}
