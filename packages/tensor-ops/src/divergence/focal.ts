import * as tf from '@tensorflow/tfjs-core';
import type { Rank, Tensor } from '@tensorflow/tfjs-core';

/**
 * Sigmoid focal loss (Lin et al. 2017), element by element, as `torchvision.ops.sigmoid_focal_loss` with
 * `reduction='none'`: α_t (1 - p_t)^γ (-ln p_t), p_t the probability given to the right answer. The targets get no
 * gradient.
 *
 * @param logits any shape
 * @param targets the same shape, each 0 or 1
 * @param alpha weight of the positives, 1 - alpha that of the negatives; negative for no weighting
 * @param gamma how much easy elements count less, 0 or more
 */
export function sigmoidFocalLoss<R extends Rank>(
  logits: Tensor<R>,
  targets: Tensor<R>,
  alpha = 0.25,
  gamma = 2,
): Tensor<R> {
  if (!tf.util.arraysEqual(logits.shape, targets.shape)) {
    throw new Error(
      `sigmoidFocalLoss: logits and targets must have one shape, got [${logits.shape}] and [${targets.shape}]`,
    );
  }
  if (!(gamma >= 0)) throw new Error(`sigmoidFocalLoss: gamma must be 0 or more, got ${gamma}`);
  const power = (x: Tensor): Tensor => (gamma === 2 ? tf.square(x) : tf.pow(x, gamma));
  return tf.customGrad((...args: unknown[]) => {
    const [x, t, save] = args as [Tensor, Tensor, tf.GradSaveFunc];
    // With z = x for a negative and -x for a positive: 1 - p_t = σ(z) and -ln p_t = softplus(z).
    const sign = tf.sub(1, tf.mul(t, 2));
    const z = tf.mul(x, sign);
    const wrong = tf.sigmoid(z);
    const entropy = tf.softplus(z);
    const focus = gamma === 0 ? undefined : power(wrong);
    // α_t times the sign is (1 - α) - t, so one tensor carries both.
    const signedAlpha = alpha < 0 ? sign : tf.sub(1 - alpha, t);
    save([wrong, entropy, signedAlpha]);
    const focused = focus === undefined ? entropy : tf.mul(focus, entropy);
    return {
      value: alpha < 0 ? focused : tf.mul(focused, tf.abs(signedAlpha)),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [$wrong, $entropy, $signedAlpha] = saved as [Tensor, Tensor, Tensor];
        // d/dz σ^γ softplus = σ^γ (γ (1 - σ) softplus + σ)
        const outer = tf.mul(dy, $signedAlpha);
        const slope =
          gamma === 0
            ? $wrong
            : tf.mul(power($wrong), tf.add(tf.mul(tf.mul(tf.sub(1, $wrong), $entropy), gamma), $wrong));
        return [tf.mul(outer, slope), tf.zerosLike(dy)];
      },
    };
  })(logits, targets) as Tensor<R>;
}
