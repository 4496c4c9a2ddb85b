/** The second half of a step: trained networks move, averages follow, networks whose time has come start. */
import { phase } from '@sed/tensor-ops';
import { moveAverages, startNetworks, type TrainedNetwork } from '../networks.ts';
import { clipFactor } from '../optimizers/clip.ts';
import type { ComputedStep, StepSetup, StepState } from './compute.ts';

export interface UpdateSettings {
  readonly lr: number;
  /** Largest global norm of a network's gradient, or null for no clipping. */
  readonly clip: number | null;
}

/** Updates the trained networks in place. Takes the gradients over. */
export function updateNetworks(
  { networks }: Pick<StepState, 'networks'>,
  { gradients, norms }: ComputedStep,
  { lr, clip }: UpdateSettings,
): void {
  phase('optimizer', () => {
    for (const [name, terms] of gradients) {
      const { optimizer } = networks.get(name) as TrainedNetwork;
      optimizer.step(terms, lr, clipFactor(norms.get(name)!, clip));
    }
  });
}

/** Moves the averages after step `state.step`, and starts the networks that begin with the next one. */
export function followNetworks({ plan }: Pick<StepSetup, 'plan'>, { step, networks }: StepState): void {
  phase('EMA', () => moveAverages(networks, plan.networks, step));
  startNetworks(networks, plan.networks, step + 1);
}

/** Both in one, for loops that look at nothing in between. */
export function applyStep(
  setup: Pick<StepSetup, 'plan'>,
  state: StepState,
  computed: ComputedStep,
  update: UpdateSettings,
): void {
  updateNetworks(state, computed, update);
  followNetworks(setup, state);
}
