/** The networks that a method keeps, while it trains. */
import type { Detector, Parameters } from '@sed/detectors';
import { createTeacher, updateTeacher } from '@sed/teacher-ema';
import * as tf from '@tensorflow/tfjs-core';
import type { NetworkPlan } from './method.ts';
import type { Optimizer } from './optimizers/optimizer.ts';
import { startOf, type MethodPlan } from './plan.ts';

/** One that an optimizer moves. */
export interface TrainedNetwork {
  readonly role: 'trained';
  /** All of its weights; the trained ones are variables. */
  readonly parameters: Parameters;
  readonly trainable: ReadonlyMap<string, tf.Variable>;
  readonly optimizer: Optimizer;
}

/** One that is made of another. */
export interface DerivedNetwork {
  readonly role: 'averaged' | 'frozen';
  readonly parameters: ReadonlyMap<string, tf.Variable>;
}

/** Those that have started, by name. */
export type Networks = Map<string, TrainedNetwork | DerivedNetwork>;

/**
 * A network to be trained.
 * @param weights of all of the detector's parameters; taken over
 */
export function trainedNetwork(
  detector: Pick<Detector, 'parameters'>,
  weights: ReadonlyMap<string, tf.Tensor>,
  createOptimizer: (variables: ReadonlyMap<string, tf.Variable>) => Optimizer,
): TrainedNetwork {
  const parameters = new Map<string, tf.Tensor>();
  const trainable = new Map<string, tf.Variable>();
  for (const { name, trainable: trained } of detector.parameters) {
    const value = weights.get(name)!;
    if (!trained) {
      parameters.set(name, tf.keep(value));
      continue;
    }
    const variable = tf.variable(value, true);
    value.dispose();
    parameters.set(name, variable);
    trainable.set(name, variable);
  }
  return { role: 'trained', parameters, trainable, optimizer: createOptimizer(trainable) };
}

/** A network with the weights of another, which stay the caller's. */
export function derivedNetwork(role: DerivedNetwork['role'], weights: Parameters): DerivedNetwork {
  return { role, parameters: createTeacher(weights) };
}

/** Starts the networks whose time has come, as copies. */
export function startNetworks(networks: Networks, plans: MethodPlan['networks'], finishedSteps: number): void {
  for (const [name, plan] of Object.entries(plans)) {
    if (plan.role === 'trained' || networks.has(name) || startOf(plan) > finishedSteps) continue;
    networks.set(name, derivedNetwork(plan.role, networks.get(plan.of)!.parameters));
  }
}

/**
 * Moves the averages after step `step`, in the order of the plans: one of an average follows where that has moved to.
 */
export function moveAverages(networks: Networks, plans: MethodPlan['networks'], step: number): void {
  for (const [name, plan] of Object.entries(plans)) {
    if (plan.role !== 'averaged' || step < plan.from) continue;
    const [target, source] = [networks.get(name) as DerivedNetwork, networks.get(plan.of)!];
    updateTeacher(target.parameters, source.parameters, plan.alpha(step), {
      trainable: trainedNames(networks, plans, plan),
    });
  }
}

/** What of a network changes: what the trained network at the beginning of its line trains. */
function trainedNames(networks: Networks, plans: MethodPlan['networks'], plan: NetworkPlan): ReadonlySet<string> {
  if (plan.role === 'trained') throw new Error('unreachable: a trained network follows none');
  const source = networks.get(plan.of)!;
  return source.role === 'trained' ? new Set(source.trainable.keys()) : trainedNames(networks, plans, plans[plan.of]!);
}

/** Parameters by network, as a step sees them. */
export function parametersOf(networks: Networks): Record<string, Parameters> {
  return Object.fromEntries([...networks].map(([name, { parameters }]) => [name, parameters]));
}

export function disposeNetworks(networks: Networks): void {
  for (const network of networks.values()) {
    tf.dispose([...network.parameters.values()]);
    if (network.role === 'trained') network.optimizer.dispose();
  }
  networks.clear();
}
