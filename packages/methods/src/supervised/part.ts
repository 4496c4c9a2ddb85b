/** The supervised losses on labeled views: the first part of every method here, and the whole of `supervised`. */
import { imageBatch, supervisedLosses } from '@sed/detectors';
import { phase } from '@sed/tensor-ops';
import type { Part, StepContext, Transform, ViewPlan } from '../method.ts';

/** The name of the one view of labeled images. */
const VIEW = 'image';

/** One view of each labeled image, called `image`, from the first step on. */
export function labeledViews(labeledView: Transform): ViewPlan {
  return {
    source: 'labeled',
    from: 0,
    chains: { [VIEW]: labeledView === 'strong' ? ['weak', 'strong'] : ['weak'] },
  };
}

/**
 * The detector's supervised losses on the labeled images, each at weight 1, under `supervised.…`.
 * @param options.network the one that learns
 * @param options.view the view of labeled images, by the name that the method's plan gives it. Default: that of
 *   {@link labeledViews}
 */
export function supervisedPart(
  step: Pick<StepContext<unknown>, 'detector' | 'batching' | 'labeled' | 'randomOfPart'>,
  options: { readonly network: string; readonly view?: string },
): Part {
  const { detector, batching, labeled } = step;
  const { network, view = VIEW } = options;
  return {
    name: 'supervised',
    network,
    prepare: () => {
      const views = labeled[view]!;
      const batch = phase('images to tensors', () => imageBatch(views, batching));
      return (parameters) => {
        const forward = phase('supervised forward', () =>
          detector.forward(parameters, batch, { random: step.randomOfPart('forward') }),
        );
        const losses = phase('supervised losses', () =>
          supervisedLosses(detector, forward, views, { random: step.randomOfPart('sampling') }),
        );
        const terms = Object.entries(losses).map(([name, value]) => ({ name: `supervised.${name}`, weight: 1, value }));
        return { terms };
      };
    },
  };
}
