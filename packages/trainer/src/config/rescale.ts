/**
 * The linear scaling rule: a recipe of a large batch on a small machine (Goyal et al. 2017, "Accurate, Large Minibatch SGD").
 * A batch k times the size takes a learning rate k times as high for 1/k of the iterations, so that as many images pass.
 */
import { scaleIterations } from './iteration-counts.ts';
import { parseConfig } from './parse.ts';
import type { AlphaConfig, RunConfig } from './schema.ts';

export interface Rescaled {
  readonly config: RunConfig;
  /** What was done, a sentence each; for the user and for the `start` row of the metrics. */
  readonly notes: readonly string[];
}

/**
 * Sets the batch and, with it, the learning rate (x k) and everything that counts iterations (/ k: `iteration-counts.ts`), with k = new / old
 * labeled images. The teacher forgets at the same pace a image:
 * α becomes α^k. Without `unlabeled` the ratio of unlabeled to labeled images is kept.
 */
export function rescale(
  config: RunConfig,
  batch: { labeled: number; unlabeled?: number; accumulate?: number },
): Rescaled {
  const k = batch.labeled / config.batch.labeled;
  const unlabeled = batch.unlabeled ?? Math.max(1, Math.round(config.batch.unlabeled * k));
  const accumulate = batch.accumulate ?? 1;
  const next = scaleIterations(config, Math.max(1, Math.round(config.iterations / k))).config;
  next.batch = { labeled: batch.labeled, unlabeled, accumulate };
  const notes = [
    `The batch is ${batch.labeled} + ${unlabeled} images instead of ${config.batch.labeled} + ${config.batch.unlabeled} (labeled + unlabeled)` +
      (accumulate > 1 ? `, computed in ${accumulate} parts.` : '.'),
  ];
  if (k === 1) return { config: parseConfig(next, { source: 'the rescaled config' }), notes };

  next.optimiser.lr = config.optimiser.lr * k;
  next.method.alpha = rescaleAlpha(next.method.alpha, k);

  notes.push(
    `The learning rate follows the batch: ${short(config.optimiser.lr)} becomes ${short(next.optimiser.lr)} (x ${short(k)}).`,
    `As many images are seen: ${config.iterations} iterations become ${next.iterations}, the burn-in ${config.method.burnIn} becomes ${next.method.burnIn}, ` +
      `the warm-up ${config.optimiser.warmup.steps} becomes ${next.optimiser.warmup.steps}` +
      (config.schedule.kind === 'step' && next.schedule.kind === 'step'
        ? `, the milestones ${config.schedule.milestones.join(', ')} become ${next.schedule.milestones.join(', ')}.`
        : '.'),
    `The teacher forgets at the same pace an image: α ${alphaText(config.method.alpha)} becomes ${alphaText(next.method.alpha)} (α to the power ${short(k)}).`,
  );
  if (batch.labeled < 4 && config.optimiser.clip === null) {
    next.optimiser.clip = 10;
    notes.push(
      'With fewer than 4 labeled images a step single images make large gradients: they are clipped at norm 10 ("optimiser.clip").',
    );
  }
  return { config: parseConfig(next, { source: 'the rescaled config' }), notes };
}

function rescaleAlpha(alpha: AlphaConfig, k: number): AlphaConfig {
  switch (alpha.kind) {
    case 'constant':
      return { kind: 'constant', value: alpha.value ** k };
    case 'cosine':
      return { kind: 'cosine', start: alpha.start ** k, end: alpha.end ** k };
    case 'step':
      return { ...alpha, start: alpha.start ** k, end: alpha.end ** k };
  }
}

function alphaText(alpha: AlphaConfig): string {
  return alpha.kind === 'constant' ? short(alpha.value) : `${short(alpha.start)} → ${short(alpha.end)}`;
}

function short(x: number): string {
  return String(Number(x.toPrecision(4)));
}
