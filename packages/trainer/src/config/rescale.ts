/**
 * The linear scaling rule: a recipe of a large batch on a small machine (Goyal et al. 2017, "Accurate, Large Minibatch
 * SGD"). A batch k times the size takes a learning rate k times as high for 1/k of the iterations, so that as many
 * images pass.
 */
import { standardMethods, type MethodSettings } from '@sed/methods';
import { scaleIterations } from './iteration-counts.ts';
import { methodOf, type Methods } from './method-plan.ts';
import { parseConfig } from './parse.ts';
import type { RunConfig } from './schema.ts';

export interface Rescaled {
  readonly config: RunConfig;
  /** What was done, a sentence each; for the user and for the `start` row of the metrics. */
  readonly notes: readonly string[];
}

/**
 * Sets the batch and, with it, the learning rate (x k) and everything that counts iterations (/ k:
 * `iteration-counts.ts`), with k = new / old labeled images. What else follows the batch, such as the α of a teacher,
 * the method knows. Without `unlabeled` the ratio of unlabeled to labeled images is kept.
 * @param methods those that there are. Default: the standard ones
 */
export function rescale(
  config: RunConfig,
  batch: { labeled: number; unlabeled?: number; accumulate?: number },
  methods: Methods = standardMethods,
): Rescaled {
  const k = batch.labeled / config.batch.labeled;
  const unlabeled = batch.unlabeled ?? Math.max(1, Math.round(config.batch.unlabeled * k));
  const accumulate = batch.accumulate ?? 1;
  const { config: next, changed } = scaleIterations(config, Math.max(1, Math.round(config.iterations / k)), methods);
  next.batch = { labeled: batch.labeled, unlabeled, accumulate };
  const notes = [
    `The batch is ${batch.labeled} + ${unlabeled} images instead of ${config.batch.labeled} + ${config.batch.unlabeled} (labeled + unlabeled)` +
      (accumulate > 1 ? `, computed in ${accumulate} parts.` : '.'),
  ];
  if (k === 1) return { config: parseConfig(next, { source: 'the rescaled config', methods }), notes };

  next.optimizer.lr = config.optimizer.lr * k;
  const method = methodOf(config, methods);
  const ofMethod = method.rescale?.(next.method, k);
  if (ofMethod) next.method = ofMethod.config as MethodSettings;
  const counts = (method.counts ?? []).flatMap(({ path, label }) => {
    const count = changed.find((one) => one.path === `method.${path}`);
    return label !== undefined && count ? [`${label} ${count.before} becomes ${count.after}, `] : [];
  });

  notes.push(
    `The learning rate follows the batch: ${short(config.optimizer.lr)} becomes ${short(next.optimizer.lr)} (x ${short(k)}).`,
    `As many images are seen: ${config.iterations} iterations become ${next.iterations}, ${counts.join('')}` +
      `the warm-up ${config.optimizer.warmup.steps} becomes ${next.optimizer.warmup.steps}` +
      (config.schedule.kind === 'step' && next.schedule.kind === 'step'
        ? `, the milestones ${config.schedule.milestones.join(', ')} become ${next.schedule.milestones.join(', ')}.`
        : '.'),
    ...(ofMethod?.notes ?? []),
  );
  if (batch.labeled < 4 && config.optimizer.clip === null) {
    next.optimizer.clip = 10;
    notes.push(
      'With fewer than 4 labeled images a step single images make large gradients: they are clipped at norm 10 ("optimizer.clip").',
    );
  }
  return { config: parseConfig(next, { source: 'the rescaled config', methods }), notes };
}

function short(x: number): string {
  return String(Number(x.toPrecision(4)));
}
