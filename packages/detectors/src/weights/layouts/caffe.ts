/**
 * The first convolution of a network that sees BGR images of 0 to 255 with their mean subtracted (Caffe's, and so
 * detectron2's default and mmdetection's `style='caffe'`), for RGB images that are divided by 255 and normalized by
 * ImageNet's mean and deviation. Caffe's means, 103.53, 116.28 and 123.675, are 255 times ImageNet's, so that both see
 * the same but for a factor of 255 · deviation a channel, which the kernel takes: the outputs are equal, at the padding
 * too.
 */
import { IMAGENET_DEVIATION } from '../../images/batch.ts';
import { asFloat32, sizeOf } from '../state-dict.ts';
import type { StateTensor } from '../state-dict.ts';

/** `[O, 3, kh, kw]` in the order B, G, R, to R, G, B. Another shape stays as it is. */
export function fromBgr255(kernel: StateTensor): StateTensor {
  const { shape } = kernel;
  if (shape.length !== 4 || shape[1] !== 3) return kernel;
  const area = sizeOf(shape.slice(2));
  const from = asFloat32(kernel.data);
  const data = new Float32Array(from.length);
  for (let at = 0; at < from.length; at++) {
    const channel = Math.floor(at / area) % 3;
    data[at] = from[at + (2 - 2 * channel) * area]! * 255 * IMAGENET_DEVIATION[channel]!;
  }
  return { shape, data };
}
