/**
 * The linear scaling rule: a recipe of a large batch on a small machine (Goyal et al. 2017, "Accurate, Large Minibatch SGD").
 * A batch k times the size takes a learning rate k times as high for 1/k of the iterations, so that as many images pass.
 */
import { parseConfig } from './parse.ts';
import type { AlphaConfig, RunConfig } from './schema.ts';

export interface Rescaled {
  readonly config: RunConfig;
  /** What was done, a sentence each; for the user and for the `start` row of the metrics. */
  readonly notes: readonly string[];
}

/**
 * Sets the batch and, with it, everything that counts iterations: learning rate x k, and iterations, burn-in, milestones, warm-up,
 * ramp, evaluation and checkpoint intervals / k, with k = new / old labeled images. The teacher forgets at the same pace a image:
 * α becomes α^k. Without `unlabeled` the ratio of unlabeled to labeled images is kept.
 */
export function rescale(
  config: RunConfig,
  batch: { labeled: number; unlabeled?: number; accumulate?: number },
): Rescaled {
  const k = batch.labeled / config.batch.labeled;
  const unlabeled = batch.unlabeled ?? Math.max(1, Math.round(config.batch.unlabeled * k));
  const accumulate = batch.accumulate ?? 1;
  const next = structuredClone(config);
  next.batch = { labeled: batch.labeled, unlabeled, accumulate };
  const notes = [
    `The batch is ${batch.labeled} + ${unlabeled} images instead of ${config.batch.labeled} + ${config.batch.unlabeled} (labeled + unlabeled)` +
      (accumulate > 1 ? `, computed in ${accumulate} parts.` : '.'),
  ];
  if (k === 1) return { config: parseConfig(next, { source: 'the rescaled config' }), notes };

  const steps = (n: number) => Math.max(1, Math.round(n / k));
  const period = (n: number) => (n === 0 ? 0 : steps(n));
  next.optimiser.lr = config.optimiser.lr * k;
  next.iterations = steps(config.iterations);
  next.optimiser.warmup.steps = period(config.optimiser.warmup.steps);
  if (next.schedule.kind === 'step') next.schedule.milestones = next.schedule.milestones.map(steps);
  next.method.burnIn = period(config.method.burnIn);
  if (next.method.kind === 'sed') next.method.ramp = period(next.method.ramp);
  next.method.alpha = rescaleAlpha(config.method.alpha, k, steps);
  next.evaluation.every = period(config.evaluation.every);
  next.evaluation.at = config.evaluation.at.map(steps);
  next.checkpoints.every = period(config.checkpoints.every);
  next.telemetry.pseudoLabels.every = period(config.telemetry.pseudoLabels.every);

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

function rescaleAlpha(alpha: AlphaConfig, k: number, steps: (n: number) => number): AlphaConfig {
  switch (alpha.kind) {
    case 'constant':
      return { kind: 'constant', value: alpha.value ** k };
    case 'cosine':
      return { kind: 'cosine', start: alpha.start ** k, end: alpha.end ** k };
    case 'step':
      return {
        kind: 'step',
        start: alpha.start ** k,
        end: alpha.end ** k,
        ...(alpha.at === undefined ? {} : { at: steps(alpha.at) }),
      };
  }
}

function alphaText(alpha: AlphaConfig): string {
  return alpha.kind === 'constant' ? short(alpha.value) : `${short(alpha.start)} → ${short(alpha.end)}`;
}

function short(x: number): string {
  return String(Number(x.toPrecision(4)));
}
