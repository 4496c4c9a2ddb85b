/** Everything that a step changes, and how it is stored: together with the config it determines all that follows. */
import { join } from 'node:path';
import type { Category } from '@sed/datasets-coco';
import type { Detector } from '@sed/detectors';
import {
  createSgd,
  derivedNetwork,
  disposeNetworks,
  startOf,
  trainedNetwork,
  type MethodPlan,
  type NetworkRole,
  type Networks,
} from '@sed/methods';
import * as tf from '@tensorflow/tfjs-core';
import { requireFiniteWeights } from '../guards/weights.ts';
import type { MetricsRow } from '../metrics/rows.ts';
import { isRow } from '../metrics/writer.ts';
import type { RunConfig } from '../config/schema.ts';
import type { StoredCheckpoint } from '../checkpoint/files.ts';
import { DamagedError } from '../checkpoint/state-file.ts';
import { isObject } from '../is-object.ts';
import { isBest } from './best.ts';
import { isStagnation } from './early-stopping.ts';
import { decodeMemory, encodeMemory, memoryOfFormat2, METHOD_FILE } from './method-file.ts';
import { formerOptimizerFile, networksIn, optimizerFile, weightsFile } from './network-files.ts';
import { OldRunError } from './old-run-error.ts';
import type { StoredValidation } from './validation.ts';
import { decodeMomentum, decodeParameters, encodeMomentum, encodeParameters } from './weights.ts';

export interface TrainingState {
  /** Finished steps. */
  step: number;
  /** Those that have started, by the method's names. */
  readonly networks: Networks;
  /** The method's, plain JSON. */
  memory: unknown;
  /** An update has begun and not come to its end: what is here is of no step. */
  updating: boolean;
  /** Of all steps, evaluation not counted. */
  seconds: number;
}

/** The part of `state.json` that is the trainer's. */
export interface StoredState extends StoredValidation {
  readonly seed: number;
  readonly detector: string;
  /** By class index. */
  readonly categories: readonly Category[];
  /** Whose weights are here, by the method's names. Earlier versions wrote none. */
  readonly networks?: Readonly<Record<string, { readonly role: NetworkRole }>>;
  readonly seconds: number;
  /** The run was stopped before this step's evaluation was done. */
  readonly evaluationPending: boolean;
  /** Rows of this step that could not be written to `metrics.jsonl`: the run that goes on does. */
  readonly rows?: readonly MetricsRow[];
}

/**
 * A state at step 0.
 * @param weights fresh ones of each trained network, by its name; taken over
 */
export function freshState(
  detector: Detector,
  weights: ReadonlyMap<string, ReadonlyMap<string, tf.Tensor>>,
  config: RunConfig,
  plan: MethodPlan,
): TrainingState {
  const networks: Networks = new Map();
  for (const [name, values] of weights) {
    networks.set(
      name,
      trainedNetwork(detector, values, (variables) => createSgd(variables, config.optimizer)),
    );
  }
  return { step: 0, networks, memory: plan.method.memory?.initial(plan.config), updating: false, seconds: 0 };
}

/** Names of the networks that an optimizer moves. */
export function trainedNames({ networks }: Pick<MethodPlan, 'networks'>): string[] {
  return Object.keys(networks).filter((name) => networks[name]!.role === 'trained');
}

/**
 * The state a checkpoint has. Networks of the method that it does not have are left to start when their time has come.
 */
export function restoredState(
  detector: Detector,
  stored: StoredCheckpoint<StoredState>,
  config: RunConfig,
  plan: MethodPlan,
): TrainingState {
  const read = (name: string): Map<string, tf.Tensor> =>
    decodeParameters(detector, requireFile(stored, weightsFile(name)), join(stored.folder, weightsFile(name)));
  const trained = trainedNames(plan);
  const state = freshState(detector, new Map(trained.map((name) => [name, read(name)])), config, plan);
  for (const name of trained) {
    const network = state.networks.get(name)!;
    if (network.role !== 'trained') continue;
    const file = formerOptimizerFile(stored.files, trained) ?? optimizerFile(name);
    const momentum = decodeMomentum(detector, requireFile(stored, file), join(stored.folder, file));
    network.optimizer.restore(momentum);
    tf.dispose([...momentum.values()]);
  }
  for (const [name, { role }] of Object.entries(plan.networks)) {
    // one of a run whose burn-in ended earlier ('initFrom') is started anew
    if (role === 'trained' || startOf(plan.networks[name]!) > stored.step || !stored.files.has(weightsFile(name)))
      continue;
    const weights = read(name);
    state.networks.set(name, derivedNetwork(role, weights));
    tf.dispose([...weights.values()]);
  }
  state.step = stored.step;
  state.memory = restoredMemory(stored, plan);
  state.seconds = stored.state.seconds ?? 0;
  return state;
}

function restoredMemory(stored: StoredCheckpoint<StoredState>, plan: MethodPlan): unknown {
  const { method, config } = plan;
  if (!method.memory) return undefined;
  const found = stored.files.has(METHOD_FILE) ? decodeMemory(stored) : memoryOfFormat2(stored.state);
  if (found === undefined) return method.memory.initial(config);
  try {
    return method.memory.restore(found.memory, config);
  } catch (error) {
    // a run that starts from one of another method ("initFrom") takes over what it can
    if (found.kind !== undefined && found.kind !== method.kind) return method.memory.initial(config);
    throw new DamagedError(
      `The memory of the method ${method.kind} in ${stored.folder} ${(error as Error).message}: it is damaged`,
    );
  }
}

/**
 * Refuses a checkpoint whose state is not what {@link StoredState} says, as one that was written by hand or by
 * something else.
 * @throws DamagedError that names the field
 */
export function checkStored({ state, folder }: StoredCheckpoint<StoredState>): void {
  const stored = state as Partial<StoredState>;
  // what an earlier version did not write is missed where it is needed
  const require = (field: keyof StoredState, isRight: (value: never) => boolean) => {
    if (stored[field] === undefined || isRight(stored[field] as never)) return;
    throw new DamagedError(`${join(folder, 'state.json')} is damaged: "state.${field}" is not what a run writes`);
  };
  require('seed', Number.isSafeInteger);
  require('detector', (value) => typeof value === 'string');
  require('categories', (value) => Array.isArray(value) && (value as unknown[]).every(isCategory));
  require('networks', (value) => isObject(value) && Object.values(value).every(isNetwork));
  require('evaluationPending', (value) => typeof value === 'boolean');
  require('seconds', (value) => typeof value === 'number' && value >= 0);
  require('rows', (value) => Array.isArray(value) && (value as unknown[]).every(isRow));
  require('validationData', (value) => typeof value === 'string');
  require('best', isBest);
  require('stagnation', isStagnation);
}

const isCategory = (value: unknown): boolean =>
  isObject(value) && typeof value['name'] === 'string' && Number.isSafeInteger(value['id']);

const ROLES: readonly unknown[] = ['trained', 'averaged', 'frozen'] satisfies NetworkRole[];
const isNetwork = (value: unknown): boolean => isObject(value) && ROLES.includes(value['role']);

/**
 * The classes that a checkpoint's model was trained on.
 * @throws Error where an older version wrote the checkpoint, without them
 */
export function categoriesOf({ state, folder }: StoredCheckpoint<StoredState>): readonly Category[] {
  const { categories } = state as Partial<StoredState>;
  if (categories) return categories;
  throw new OldRunError(
    `${join(folder, 'state.json')} names no "categories": an older version wrote it. Resume the run with this version, which writes them, or train anew.`,
  );
}

function requireFile(stored: StoredCheckpoint<StoredState>, name: string): Uint8Array {
  const bytes = stored.files.get(name);
  if (bytes) return bytes;
  const networks = networksIn(stored.files);
  throw new Error(
    networks.length === 0
      ? `${stored.folder} has no ${name}: it is no checkpoint of a training run.`
      : `${stored.folder} has no ${name}; its networks are ${networks.join(', ')}. A run goes on with networks of the names that its method has.`,
  );
}

/**
 * The files of a checkpoint.
 * @param last the folder of the checkpoint before, for messages
 * @throws NotFiniteError where a value is not finite: what is kept is good to go on from
 */
export function stateFiles(
  detector: Detector,
  state: TrainingState,
  { method }: Pick<MethodPlan, 'method'>,
  last?: string,
): Map<string, Uint8Array> {
  const at = { step: state.step, checkpoint: last };
  const files = new Map<string, Uint8Array>();
  for (const [name, network] of state.networks) {
    requireFiniteWeights(network.parameters, { what: `the ${name}'s weight`, ...at });
    files.set(weightsFile(name), encodeParameters(detector, network.parameters));
  }
  for (const [name, network] of state.networks) {
    if (network.role !== 'trained') continue;
    const momentum = network.optimizer.state();
    try {
      requireFiniteWeights(momentum, { what: 'the momentum of', ...at });
      files.set(optimizerFile(name), encodeMomentum(detector, momentum));
    } finally {
      tf.dispose([...momentum.values()]);
    }
  }
  if (method.memory) files.set(METHOD_FILE, encodeMemory(method.kind, state.memory));
  return files;
}

export function disposeState(state: TrainingState): void {
  disposeNetworks(state.networks);
}
