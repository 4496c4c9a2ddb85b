/**
 * `reshape` and `cast` where they change nothing: tfjs's gradients of sums and products call both for each input, over
 * a thousand times a training step, and tfjs-node starts an op of TensorFlow each time.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { KernelFunc, NamedAttrMap, TensorInfo } from '@tensorflow/tfjs-core';

type Unchanged = (x: TensorInfo, attributes: NamedAttrMap) => boolean;

const unchanged: Record<string, Unchanged> = {
  [tf.Reshape]: (x, attributes) => {
    const shape = attributes['shape'] as tf.ReshapeAttrs['shape'];
    return shape.length === x.shape.length && shape.every((n, i) => n === x.shape[i] || n === -1);
  },
  [tf.Cast]: (x, attributes) => x.dtype === attributes['dtype'],
};

const ours = new WeakSet<KernelFunc>();

/** Puts them in the place of tfjs-node's, which stay for what does change something; once. */
export function registerViews(): void {
  for (const [kernelName, same] of Object.entries(unchanged)) {
    const stock = tf.getKernel(kernelName, 'tensorflow');
    if (!stock || ours.has(stock.kernelFunc)) continue;
    const kernelFunc: KernelFunc = (args) => {
      const x = args.inputs['x']!;
      if (!same(x, args.attrs!)) return stock.kernelFunc(args);
      (args.backend as { incRef(dataId: object): void }).incRef(x.dataId);
      return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
    };
    ours.add(kernelFunc);
    tf.unregisterKernel(kernelName, 'tensorflow');
    tf.registerKernel({ ...stock, kernelFunc });
  }
}
