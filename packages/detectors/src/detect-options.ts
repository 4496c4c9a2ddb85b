/** What every detector checks before it detects. */
import type { DetectOptions, ImageBatch } from './types.ts';

/**
 * @param defaults the detector's
 * @throws for an option out of its range, and for a batch that is not the forward pass's
 */
export function detectOptions(
  forward: { readonly batch: number },
  batch: Pick<ImageBatch, 'sizes'>,
  options: DetectOptions | undefined,
  defaults: Required<DetectOptions>,
): Required<DetectOptions> {
  const { scoreThreshold = defaults.scoreThreshold, maxDetections = defaults.maxDetections } = options ?? {};
  if (!(scoreThreshold >= 0 && scoreThreshold < 1)) {
    throw new Error(`detect: scoreThreshold is ${scoreThreshold}; it must be at least 0 and below 1.`);
  }
  if (!(Number.isInteger(maxDetections) && maxDetections >= 0)) {
    throw new Error(`detect: maxDetections is ${maxDetections}; it must be a whole number of at least 0.`);
  }
  if (batch.sizes.length !== forward.batch) {
    throw new Error(
      `detect: the forward pass had ${forward.batch} images, the batch has ${batch.sizes.length}; pass the batch it saw.`,
    );
  }
  return { scoreThreshold, maxDetections };
}
