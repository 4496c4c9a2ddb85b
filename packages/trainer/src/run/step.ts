/** One step of a run: computed, checked, applied. */
import {
  computeStep,
  disposeStep,
  followNetworks,
  learningRate,
  updateNetworks,
  type ComputedStep,
  type StepSetup,
} from '@sed/methods';
import { phase } from '@sed/tensor-ops';
import type { RunConfig } from '../config/schema.ts';
import type { StepViews } from '../data/loader.ts';
import { requireFinite } from '../guards/finite.ts';
import { requireFiniteWeights } from '../guards/weights.ts';
import type { TrainingState } from './state.ts';

export interface StepNumbers extends Omit<ComputedStep, 'gradients' | 'norms'> {
  readonly lr: number;
  /** α of the first averaged network that has started, or null. */
  readonly alpha: number | null;
  /** Of all trained networks together. */
  readonly gradientNorm: number;
}

/**
 * Takes step `state.step` (0-based) and counts it. The networks are changed in place.
 * @throws Error of {@link requireFinite}; nothing has changed then. Error of {@link requireFiniteWeights}, after the
 *   update
 */
export async function takeStep(
  config: RunConfig,
  setup: StepSetup,
  state: TrainingState,
  views: StepViews,
  options: { measuring: boolean; lastCheckpoint: string | undefined },
): Promise<StepNumbers> {
  const { step } = state;
  const { measuring, lastCheckpoint: checkpoint } = options;
  const lr = learningRate(config.optimizer, config.schedule, config.iterations, step);
  const computed = await computeStep(setup, state, {
    labeled: views.labeled.views,
    unlabeled: views.unlabeled?.views,
    measuring,
  });
  const { norms, losses, totals, total, measured } = computed;
  const gradientNorm = Math.hypot(...norms.values());
  const files = [...views.labeled.files, ...(views.unlabeled?.files ?? [])];
  try {
    requireFinite({ step, losses, gradientNorm, files, checkpoint, lr });
  } catch (error) {
    disposeStep(computed);
    throw error;
  }
  state.updating = true;
  updateNetworks(state, computed, { lr, clip: config.optimizer.clip });
  phase('weights checked', () => requireFiniteNetworks(state, { step: step + 1, lr, checkpoint }));
  followNetworks(setup, state);
  state.updating = false;
  state.step = step + 1;
  return { losses, totals, total, measured, lr, alpha: alphaOfStep(setup, step), gradientNorm };
}

function requireFiniteNetworks(
  { networks }: TrainingState,
  at: { step: number; lr: number; checkpoint: string | undefined },
): void {
  for (const network of networks.values()) {
    if (network.role === 'trained') requireFiniteWeights(network.trainable, { what: 'the weight', ...at });
  }
}

function alphaOfStep({ plan }: StepSetup, step: number): number | null {
  for (const network of Object.values(plan.networks)) {
    if (network.role === 'averaged' && step >= network.from) return network.alpha(step);
  }
  return null;
}
