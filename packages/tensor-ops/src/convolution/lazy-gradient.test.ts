import * as tf from '@tensorflow/tfjs';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs';
import { expectNoLeak, onEveryBackend } from '@sed/testing';
import * as sed from '../index.ts';

const sedKernels = (profile: { kernels: { name: string }[] }): string[] =>
  [...new Set(profile.kernels.map((kernel) => kernel.name))].filter((name) => name.startsWith('Sed')).sort();

onEveryBackend('gradients of the convolution', () => {
  /** Which of this package's kernels run for the gradient to some of the inputs. */
  async function kernelsFor(
    wanted: ReadonlySet<string>,
    options: { affine: boolean; relu: boolean },
  ): Promise<string[]> {
    const all: Record<string, Tensor> = {
      x: tf.randomNormal([1, 4, 4, 2], 0, 1, 'float32', 1),
      filter: tf.randomNormal([3, 3, 2, 3], 0, 1, 'float32', 2),
      scale: tf.ones([3]),
      bias: tf.zeros([3]),
    };
    const names = Object.keys(all).filter((name) => wanted.has(name));
    const f = (...inputs: Tensor[]): Tensor => {
      const given = { ...all };
      names.forEach((name, i) => (given[name] = inputs[i]!));
      const convolutionOptions: sed.ConvolutionOptions = { padding: 1, activation: options.relu ? 'relu' : 'none' };
      if (options.affine) {
        convolutionOptions.scale = given['scale'] as Tensor1D;
        convolutionOptions.bias = given['bias'] as Tensor1D;
      }
      return sed.convolution(given['x'] as Tensor4D, given['filter'] as Tensor4D, convolutionOptions);
    };
    const profile = await tf.profile(() => tf.grads(f)(names.map((name) => all[name]!)));
    tf.dispose([all, profile.result]);
    return sedKernels(profile);
  }

  test('an input that is not differentiated costs nothing', async () => {
    const affine = { affine: true, relu: true };
    const forward = 'SedConvolutionScaled';
    const activation = 'SedActivationGradient';
    expect(await kernelsFor(new Set(['x']), affine)).toEqual(
      [activation, 'SedConvolutionInputGradient', forward].sort(),
    );
    expect(await kernelsFor(new Set(['filter']), affine)).toEqual(
      [activation, 'SedConvolutionFilterGradient', forward].sort(),
    );
    expect(await kernelsFor(new Set(['bias']), affine)).toEqual([activation, 'SedBiasGradient', forward].sort());
    expect(await kernelsFor(new Set(['scale']), affine)).toEqual(
      [activation, 'SedConvolutionFilterGradient', forward].sort(),
    );
  });

  test('without an activation there is no kernel for its gradient', async () => {
    expect(await kernelsFor(new Set(['x', 'filter']), { affine: false, relu: false })).toEqual(
      ['SedConvolution', 'SedConvolutionFilterGradient', 'SedConvolutionInputGradient'].sort(),
    );
  });

  test('a chain of two runs the activation gradient once a layer and leaks nothing', async () => {
    const filter = tf.variable(tf.randomNormal<tf.Rank.R4>([3, 3, 2, 2], 0, 1, 'float32', 3));
    const x = tf.randomNormal<tf.Rank.R4>([1, 5, 5, 2], 0, 1, 'float32', 4);
    const scale = tf.tensor1d([0.5, 2]);
    const bias = tf.tensor1d([0.1, 0.2]);
    const step = () =>
      tf.variableGrads(() => {
        const options = { padding: 1, activation: 'relu6', scale, bias } as const;
        return tf.sum(sed.convolution(sed.convolution(x, filter, options), filter, options));
      }, [filter]);
    const { value, grads } = expectNoLeak(step, 2);
    tf.dispose([value, grads]);
    const profile = await tf.profile(() => {
      const result = step();
      return [result.value, ...Object.values(result.grads)];
    });
    const counts = (name: string) => profile.kernels.filter((kernel) => kernel.name === name).length;
    expect(counts('SedActivationGradient')).toBe(2);
    expect(counts('SedConvolutionFilterGradient')).toBe(2);
    expect(counts('SedConvolutionInputGradient')).toBe(1); // none for x, the image
    tf.dispose(profile.result);
    filter.dispose();
    tf.dispose([x, scale, bias]);
  });

  test('the backward pass does not hold the gradients before the activations', () => {
    const x = tf.ones<tf.Rank.R4>([1, 32, 32, 8]);
    const filter = tf.fill<tf.Rank.R4>([1, 1, 8, 8], 0.1);
    const peakOf = (activation: 'none' | 'relu'): number => {
      const before = tf.memory().numTensors;
      let peak = 0;
      const watch = tf.customGrad((...args: unknown[]) => ({
        value: tf.clone(args[0] as Tensor),
        gradFunc: (dy: Tensor) => {
          peak = tf.memory().numTensors - before;
          return dy;
        },
      }));
      const f = (w: Tensor): Tensor => {
        let y: Tensor4D = tf.add(x, tf.sum(tf.mul(watch(w), 0))); // reached last in the backward pass
        for (let layer = 0; layer < 6; layer++) y = sed.convolution(y, w as Tensor4D, { activation });
        return y;
      };
      tf.dispose(tf.grad(f)(filter));
      return peak;
    };
    // of the last layer: the gradient before its activation, and the bias's, which comes with it
    expect(peakOf('relu') - peakOf('none')).toBeLessThanOrEqual(2);
    tf.dispose([x, filter]);
  });
});
