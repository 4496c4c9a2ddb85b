/** Numbers that the paper does not give, from torchvision's references/detection and ImageNet's statistics. */
export const CUSTOM = {
  /** Linear warm-up of the learning rate: steps, and the factor it starts at (torchvision: 1/1000). */
  warmupSteps: 1000,
  warmupFactor: 0.001,
  /** Mean and standard deviation of ImageNet's pixels, RGB in 0..1. */
  imagenetMean: [0.485, 0.456, 0.406],
  imagenetStd: [0.229, 0.224, 0.225],
} as const;
