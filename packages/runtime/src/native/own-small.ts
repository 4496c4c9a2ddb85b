/** Ops of ours between the convolutions (`native/kernels/activation.cc`, `fold-norm.cc`, `focal-loss.cc`,
 * `bernoulli.cc`), each in the place of several of TensorFlow's. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type {
  ActivationGradientAttributes,
  ActivationGradientInputs,
  FocalLossAttributes,
  FocalLossInputs,
  FoldNormGradientInputs,
  FoldNormInputs,
  NormAttributes,
  NormInputs,
} from '@sed/tensor-ops';
import * as names from '@sed/tensor-ops';
import type { Kernel, TensorFlowOps } from './ops.ts';

export const ownSmallKernels: Record<string, Kernel> = {
  [names.SED_BIAS_ACTIVATION_GRADIENT]: (
    ops: TensorFlowOps,
    { dy, y }: ActivationGradientInputs,
    { activation }: ActivationGradientAttributes,
  ) => ops.own('SedBiasActivationGradient', { activation }, [dy, y], 2),

  [names.SED_BIAS_GRADIENT]: (ops: TensorFlowOps, { dy }: { dy: TensorInfo }) =>
    ops.own('SedBiasGradient', {}, [dy])[0]!,

  [names.SED_ADD_RELU]: (ops: TensorFlowOps, { a, b }: { a: TensorInfo; b: TensorInfo }) =>
    ops.own('SedAddRelu', {}, [a, b])[0]!,

  [names.SED_COMPARE_BERNOULLI]: (ops: TensorFlowOps, { target, source }: { target: TensorInfo; source: TensorInfo }) =>
    ops.own('SedCompareBernoulli', {}, [target, source], 4),

  [names.SED_FOCAL_LOSS]: (
    ops: TensorFlowOps,
    { logits, labels, weights }: FocalLossInputs,
    { alpha, gamma }: FocalLossAttributes,
  ) => ops.own('SedFocalLoss', { alpha, gamma }, [logits, labels, weights], 2),

  [names.SED_NORM_AFFINE]: (
    ops: TensorFlowOps,
    { gamma, beta, mean, variance }: NormInputs,
    { epsilon }: NormAttributes,
  ) => ops.own('SedNormAffine', { epsilon }, [gamma, beta, mean, variance], 2),

  [names.SED_FOLD_NORM]: (
    ops: TensorFlowOps,
    { filter, gamma, beta, mean, variance }: FoldNormInputs,
    { epsilon }: NormAttributes,
  ) => ops.own('SedFoldNorm', { epsilon }, [filter, gamma, beta, mean, variance], 2),

  [names.SED_FOLD_NORM_GRADIENT]: (
    ops: TensorFlowOps,
    { dfolded, dbias, filter, gamma, mean, variance }: FoldNormGradientInputs,
    { epsilon }: NormAttributes,
  ) => ops.own('SedFoldNormGradient', { epsilon }, [dfolded, dbias, filter, gamma, mean, variance], 2),
};
