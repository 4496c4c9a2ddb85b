/** Ops of ours between the convolutions (`native/kernels/activation.cc`, `fold-norm.cc`, `focal-loss.cc`,
 * `bernoulli.cc`), each in the place of several of TensorFlow's. */
import {
  addReluKernel,
  biasActivationGradientKernel,
  biasGradientKernel,
  compareBernoulliKernel,
  focalLossKernel,
  foldNormGradientKernel,
  foldNormKernel,
  normAffineKernel,
} from '@sed/tensor-ops/kernels';
import { nativeKernel, type NativeKernel } from './native-kernel.ts';

export const ownSmall: readonly NativeKernel[] = [
  nativeKernel(biasActivationGradientKernel, (ops, { dy, y }, { activation }) =>
    ops.ownSeveral(biasActivationGradientKernel, { activation }, [dy, y], 2),
  ),
  nativeKernel(biasGradientKernel, (ops, { dy }) => ops.own(biasGradientKernel, {}, [dy])),
  nativeKernel(addReluKernel, (ops, { a, b }) => ops.own(addReluKernel, {}, [a, b])),
  nativeKernel(compareBernoulliKernel, (ops, { target, source }) =>
    ops.ownSeveral(compareBernoulliKernel, {}, [target, source], 4),
  ),
  nativeKernel(focalLossKernel, (ops, { logits, labels, weights }, { alpha, gamma }) =>
    ops.ownSeveral(focalLossKernel, { alpha, gamma }, [logits, labels, weights], 2),
  ),
  nativeKernel(normAffineKernel, (ops, { gamma, beta, mean, variance }, { epsilon }) =>
    ops.ownSeveral(normAffineKernel, { epsilon }, [gamma, beta, mean, variance], 2),
  ),
  nativeKernel(foldNormKernel, (ops, { filter, gamma, beta, mean, variance }, { epsilon }) =>
    ops.ownSeveral(foldNormKernel, { epsilon }, [filter, gamma, beta, mean, variance], 2),
  ),
  nativeKernel(foldNormGradientKernel, (ops, { dfolded, dbias, filter, gamma, mean, variance }, { epsilon }) => {
    const inputs = [dfolded, dbias, filter, gamma, mean, variance];
    return ops.ownSeveral(foldNormGradientKernel, { epsilon }, inputs, 2);
  }),
];
