/** The first half of a step: losses, measures and gradients of all its parts. Nothing is changed by it. */
import type { Detector, ImageBatchOptions } from '@sed/detectors';
import { randomStream } from '@sed/geometry';
import { phase } from '@sed/tensor-ops';
import * as tf from '@tensorflow/tfjs-core';
import { differentiate, type Differentiated } from '../differentiate.ts';
import type { MeasuredValue, Part, SourceViews, StepContext } from '../method.ts';
import { parametersOf, type Networks, type TrainedNetwork } from '../networks.ts';
import type { Gradients } from '../optimizers/optimizer.ts';
import type { MethodPlan } from '../plan.ts';
import { scopedAsync } from '../scoped.ts';
import { readNumbers, type PartResult } from './read.ts';

/** What is the same for all steps of a run. */
export interface StepSetup {
  readonly plan: MethodPlan;
  readonly detector: Detector;
  readonly batching: ImageBatchOptions;
}

/** What a step starts from. */
export interface StepState {
  /** Finished steps: the number of the step that is to come. */
  readonly step: number;
  readonly networks: Networks;
  readonly memory: unknown;
}

/** What a step sees: the views of all its images. */
export interface StepInputs {
  readonly labeled: SourceViews;
  readonly unlabeled: SourceViews | undefined;
  readonly measuring: boolean;
}

/** Of a step that has not been taken yet. Free it with {@link applyStep} or {@link disposeStep}. */
export interface ComputedStep {
  /** By trained network: one or two terms, whose sum is the gradient. */
  readonly gradients: ReadonlyMap<string, readonly Gradients[]>;
  /** Global L2 norms, by trained network. */
  readonly norms: ReadonlyMap<string, number>;
  /** Unweighted, by term, the mean over the parts of the batch. */
  readonly losses: ReadonlyMap<string, number>;
  /** Weighted sums, by part of the method. */
  readonly totals: ReadonlyMap<string, number>;
  /** The sum of all weighted losses. */
  readonly total: number;
  readonly measured: Readonly<Record<string, MeasuredValue>>;
}

/** Computes step `state.step`. All waiting for the device is in it. */
export async function computeStep(setup: StepSetup, state: StepState, inputs: StepInputs): Promise<ComputedStep> {
  const { accumulate } = setup.plan.run.batch;
  const share = 1 / accumulate;
  const results: PartResult[] = [];
  const sums = new Map<string, Gradients[]>();
  try {
    for (let at = 0; at < accumulate; at++) {
      const parts = setup.plan.method.parts(contextOf(setup, state, inputs, at));
      const begin = results.length;
      for (const part of [...parts].reverse()) {
        const network = trainedOf(state.networks, part);
        // one sum beside the activations of a pass; the last term is left to the update, which adds it as it reads it
        flush(sums, state.networks);
        const result = await differentiatePart(part, network, share);
        results.splice(begin, 0, { part: part.name, share, ...result });
        const gradients = phase('optimizer', () => network.optimizer.collect(result.gradients));
        sums.set(part.network, [...(sums.get(part.network) ?? []), gradients]);
        refuseSharedNames(results.slice(begin));
      }
    }
  } catch (error) {
    tf.dispose([...sums.values()]);
    disposeResults(results);
    throw error;
  }
  const norms = new Map<string, tf.Scalar>();
  phase('optimizer', () => {
    for (const [name, terms] of sums)
      norms.set(name, (state.networks.get(name) as TrainedNetwork).optimizer.norm(terms));
  });
  const numbers = await phase('losses read', () => readNumbers(results, norms));
  return { gradients: sums, ...numbers };
}

/** Frees what {@link computeStep} found, for a step that is not taken. */
export function disposeStep({ gradients }: ComputedStep): void {
  tf.dispose([...gradients.values()] as tf.TensorContainer);
}

function differentiatePart(part: Part, network: TrainedNetwork, share: number): Promise<Differentiated> {
  return scopedAsync(async () => {
    const prepared = part.prepare();
    // a part that does not wait is computed at once
    const compute = prepared instanceof Promise ? await prepared : prepared;
    return phase(`${part.name} backward`, () =>
      differentiate(network.trainable, () => compute(network.parameters), share),
    );
  });
}

/** Rows of the metrics are by the names of losses, so two parts cannot share one. */
function refuseSharedNames(results: readonly PartResult[]): void {
  const [first, ...others] = results;
  for (const name of first?.losses.keys() ?? []) {
    const other = others.find(({ losses }) => losses.has(name));
    if (other) throw new Error(`Two parts of the method have a loss '${name}': '${first!.part}' and '${other.part}'.`);
  }
}

/** Adds up to one term a network. */
function flush(sums: Map<string, Gradients[]>, networks: Networks): void {
  for (const [name, terms] of sums) {
    const [sum, more] = terms;
    if (more === undefined) continue;
    phase('optimizer', () => (networks.get(name) as TrainedNetwork).optimizer.accumulate(sum!, more));
    sums.set(name, [sum!]);
  }
}

function trainedOf(networks: Networks, { name, network }: Part): TrainedNetwork {
  const found = networks.get(network);
  if (found?.role === 'trained') return found;
  throw new Error(
    `The part '${name}' of the method differentiates '${network}', which is none of its trained networks.`,
  );
}

function contextOf(
  { plan, detector, batching }: StepSetup,
  { step, networks, memory }: StepState,
  { labeled, unlabeled, measuring }: StepInputs,
  at: number,
): StepContext<unknown> {
  const { accumulate } = plan.run.batch;
  return {
    config: plan.config,
    run: plan.run,
    step,
    detector,
    batching,
    networks: parametersOf(networks),
    labeled: sliceViews(labeled, at, accumulate),
    unlabeled: unlabeled && sliceViews(unlabeled, at, accumulate),
    random: (name) => randomStream(plan.run.seed, name, step),
    randomOfPart: (name) => randomStream(plan.run.seed, name, step, at),
    measuring,
    memory,
  };
}

function sliceViews(views: SourceViews, at: number, parts: number): SourceViews {
  if (parts === 1) return views;
  return Object.fromEntries(
    Object.entries(views).map(([name, all]) => {
      const size = all.length / parts;
      return [name, all.slice(at * size, (at + 1) * size)];
    }),
  );
}

function disposeResults(results: readonly PartResult[]): void {
  for (const { losses, measured } of results) {
    tf.dispose([...losses.values(), ...[...measured.values()].map(({ value }) => value)]);
  }
}
