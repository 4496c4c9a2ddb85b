/**
 * The numbers of the paper (Scale-Equivalent Distillation, section 5.1 and the appendix), each with its unit. They are
 * the defaults of a config: what a file does not say, the paper says. Those of the views (section 4.1, Table 11, A.2)
 * are the settings of @sed/augment.
 */
export const PAPER = {
  /** Images of each kind in an iteration ("batch size 16"; n_u = n_s). */
  batch: 16,
  /** Iterations of the 5 % and 10 % protocols. */
  iterations: 180_000,
  /** SGD. */
  learningRate: 0.01,
  momentum: 0.9,
  weightDecay: 1e-4,
  /** Iterations at which the learning rate is divided by ten. */
  milestones: [120_000, 160_000],
  milestoneFactor: 0.1,
  /** Supervised iterations before the teacher starts: 5k at 5 %, 10k at 10 %, 12k for COCO-35k, 90k at 100 %. */
  burnIn: 10_000,
  /** λ_s and λ_d of the total loss. */
  lambdaScale: 0.5,
  lambdaDistill: 1,
  /** S: the reduced view is 1/2^s of the full one, s uniform in {1..S}. */
  maxShift: 1,
  /** M of Eq 5: bins of the histogram of gradient lengths. */
  bins: 10,
  /** α of Eq 4, and what it becomes at the first milestone of the learning rate. */
  alpha: 0.99,
  alphaAfter: 0.9,
  /** Table 9: the cosine schedule of α, and the constant one. */
  alphaCosine: { start: 0.996, end: 0.9 },
  alphaConstant: 0.95,
} as const;
