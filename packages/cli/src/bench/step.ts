import type { Detector } from '@sed/detectors';
import {
  applyStep,
  computeStep,
  createSgd,
  disposeNetworks,
  planOf,
  sed,
  startNetworks,
  trainedNetwork,
  type Networks,
  type SedConfig,
} from '@sed/methods';
import type { BenchInputs } from './inputs.ts';

/** The paper's losses at their defaults, and the peer's learning rate, at which random weights stay finite. */
const UPDATE = { lr: 1e-4, clip: null };
const OPTIMIZER = { momentum: 0.9, weightDecay: 1e-4 };
const METHOD: SedConfig = {
  kind: 'sed',
  burnIn: 0,
  lambdaScale: 0.5,
  lambdaDistill: 1,
  maxShift: 1,
  weighting: { kind: 'gradient-histogram', bins: 10 },
  alpha: { kind: 'constant', value: 0.99 },
  classificationWeight: 1,
  regressionWeight: 1,
  regression: 'mean',
  ramp: 0,
};
/** More steps than are timed. */
const ITERATIONS = 1_000_000;

export interface BenchStep {
  /** Runs one step and gives the sums of the supervised and of the unsupervised losses, weighted. */
  take: () => Promise<[number, number]>;
  dispose(): void;
}

/** The step of the PyTorch peer, as training takes it: computed, applied. Images become tensors inside the step. */
export function createStep(detector: Detector, inputs: BenchInputs): BenchStep {
  const { labeled, weak, strong } = inputs;
  const batch = { labeled: labeled.length, unlabeled: weak.length, accumulate: 1 };
  const run = { seed: 1, iterations: ITERATIONS, batch, milestones: [], labeledView: 'weak' as const };
  const plan = planOf(sed, METHOD, run);
  const setup = { plan, detector, batching: { multiple: detector.sizeMultiple * 2 ** plan.halvings } };
  const student = trainedNetwork(detector, detector.initialize(0), (variables) => createSgd(variables, OPTIMIZER));
  const networks: Networks = new Map([['student', student]]);
  startNetworks(networks, plan.networks, 0);
  let step = 0;
  return {
    async take() {
      const state = { step, networks, memory: undefined };
      const views = { labeled: { image: labeled }, unlabeled: { weak, strong }, measuring: false };
      const computed = await computeStep(setup, state, views);
      applyStep(setup, state, computed, UPDATE);
      step++;
      return [computed.totals.get('supervised')!, computed.totals.get('unsupervised')!];
    },
    dispose: () => disposeNetworks(networks),
  };
}
