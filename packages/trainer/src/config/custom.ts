/** Numbers that the paper does not give, from torchvision's references/detection. */
export const CUSTOM = {
  /** Linear warm-up of the learning rate: steps, and the factor it starts at (torchvision: 1/1000). */
  warmupSteps: 1000,
  warmupFactor: 0.001,
} as const;
