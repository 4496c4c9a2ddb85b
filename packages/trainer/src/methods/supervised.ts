/** The supervised losses on labeled views: every method's first part, and the whole of `supervised`. */
import type { View } from '@sed/augment';
import { imageBatch } from '@sed/detectors';
import type { RandomStream } from '@sed/geometry';
import { phase } from '@sed/tensor-ops';
import { differentiate, type Differentiated } from './gradients.ts';
import type { Model } from './model.ts';
import { scoped } from './scoped.ts';

/**
 * Gradients of the detector's supervised losses, summed at weight 1 and multiplied by `share`.
 * @param random what a detector that samples anchors and regions draws from
 */
export function supervisedGradients<F>(
  model: Model<F>,
  views: readonly View[],
  share = 1,
  random?: RandomStream,
): Differentiated {
  const { detector, student, trainable, batching } = model;
  return scoped(() => {
    const batch = phase('images to tensors', () => imageBatch(views, batching));
    return phase('supervised backward', () =>
      differentiate(trainable, () => {
        const forward = phase('supervised forward', () => detector.forward(student, batch));
        const losses = phase('supervised losses', () =>
          detector.supervisedLosses(forward, views, random && { random }),
        );
        return {
          losses: Object.entries(losses).map(([name, value]) => ({ name: `supervised.${name}`, weight: share, value })),
        };
      }),
    );
  });
}
