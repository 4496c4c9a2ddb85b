/** Everything that a step changes, and how it is stored: together with the config it determines all that follows. */
import { join } from 'node:path';
import type { Category } from '@sed/datasets-coco';
import type { Detector } from '@sed/detectors';
import { createTeacher } from '@sed/teacher-ema';
import * as tf from '@tensorflow/tfjs-core';
import { initialWatch, isWatchState, type WatchState } from '../guards/watch.ts';
import { requireFiniteWeights } from '../guards/weights.ts';
import type { MetricsRow } from '../metrics/rows.ts';
import { isRow } from '../metrics/writer.ts';
import { createSgd, type Sgd } from '../optimiser/sgd.ts';
import type { RunConfig } from '../config/schema.ts';
import type { StoredCheckpoint } from '../checkpoint/files.ts';
import { DamagedError } from '../checkpoint/state-file.ts';
import { isObject } from '../is-object.ts';
import { isBest } from './best.ts';
import { isStagnation } from './early-stopping.ts';
import { OldRunError } from './old-run-error.ts';
import type { StoredValidation } from './validation.ts';
import { decodeMomentum, decodeParameters, encodeMomentum, encodeParameters } from './weights.ts';

export interface TrainingState {
  /** Finished steps. */
  step: number;
  /** All parameters; the trained ones are variables. */
  readonly student: ReadonlyMap<string, tf.Tensor>;
  readonly trainable: ReadonlyMap<string, tf.Variable>;
  readonly trainableNames: ReadonlySet<string>;
  /** From the end of the burn-in on. */
  teacher: Map<string, tf.Variable> | undefined;
  readonly sgd: Sgd;
  /** An update has begun and not come to its end: what is here is of no step. */
  updating: boolean;
  watch: WatchState;
  /** Of all steps, evaluation not counted. */
  seconds: number;
}

/** The part of `state.json` that is the trainer's. */
export interface StoredState extends StoredValidation {
  readonly seed: number;
  readonly detector: string;
  /** By class index. */
  readonly categories: readonly Category[];
  readonly watch: WatchState;
  readonly seconds: number;
  /** The run was stopped before this step's evaluation was done. */
  readonly evaluationPending: boolean;
  /** Rows of this step that could not be written to `metrics.jsonl`: the run that goes on does. */
  readonly rows?: readonly MetricsRow[];
}

export const STUDENT = 'student.safetensors';
export const TEACHER = 'teacher.safetensors';
export const OPTIMIZER = 'optimizer.safetensors';

/** A state at step 0. Takes the tensors over. */
export function freshState(
  detector: Detector,
  weights: ReadonlyMap<string, tf.Tensor>,
  config: RunConfig,
): TrainingState {
  const student = new Map<string, tf.Tensor>();
  const trainable = new Map<string, tf.Variable>();
  for (const { name, trainable: trained } of detector.parameters) {
    const value = weights.get(name)!;
    if (!trained) {
      student.set(name, tf.keep(value));
      continue;
    }
    const variable = tf.variable(value, true);
    value.dispose();
    student.set(name, variable);
    trainable.set(name, variable);
  }
  return {
    step: 0,
    student,
    trainable,
    trainableNames: new Set(trainable.keys()),
    teacher: undefined,
    sgd: createSgd(trainable, config.optimiser),
    updating: false,
    watch: initialWatch(),
    seconds: 0,
  };
}

/** The state a checkpoint has. */
export function restoredState(
  detector: Detector,
  stored: StoredCheckpoint<StoredState>,
  config: RunConfig,
): TrainingState {
  const state = freshState(
    detector,
    decodeParameters(detector, file(stored, STUDENT), `${stored.folder}/${STUDENT}`),
    config,
  );
  const momentum = decodeMomentum(detector, file(stored, OPTIMIZER), `${stored.folder}/${OPTIMIZER}`);
  state.sgd.restore(momentum);
  tf.dispose([...momentum.values()]);
  if (stored.files.has(TEACHER)) {
    const teacher = decodeParameters(detector, file(stored, TEACHER), `${stored.folder}/${TEACHER}`);
    state.teacher = createTeacher(teacher);
    tf.dispose([...teacher.values()]);
  }
  state.step = stored.step;
  state.watch = { ...initialWatch(), ...stored.state.watch };
  state.seconds = stored.state.seconds ?? 0;
  return state;
}

/**
 * Refuses a checkpoint whose state is not what {@link StoredState} says, as one that was written by hand or by something else.
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
  require('evaluationPending', (value) => typeof value === 'boolean');
  require('seconds', (value) => typeof value === 'number' && value >= 0);
  require('rows', (value) => Array.isArray(value) && (value as unknown[]).every(isRow));
  require('watch', isWatchState);
  require('validationData', (value) => typeof value === 'string');
  require('best', isBest);
  require('stagnation', isStagnation);
}

const isCategory = (value: unknown): boolean =>
  isObject(value) && typeof value['name'] === 'string' && Number.isSafeInteger(value['id']);

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

function file(stored: StoredCheckpoint<StoredState>, name: string): Uint8Array {
  const bytes = stored.files.get(name);
  if (!bytes) throw new Error(`${stored.folder} has no ${name}: it is no checkpoint of a training run.`);
  return bytes;
}

/**
 * The files of a checkpoint.
 * @param last the folder of the checkpoint before, for messages
 * @throws NotFiniteError where a value is not finite: what is kept is good to go on from
 */
export function stateFiles(detector: Detector, state: TrainingState, last?: string): Map<string, Uint8Array> {
  const momentum = state.sgd.state();
  try {
    const at = { step: state.step, checkpoint: last };
    requireFiniteWeights(state.student, { what: "the student's weight", ...at });
    requireFiniteWeights(state.teacher ?? new Map(), { what: "the teacher's weight", ...at });
    requireFiniteWeights(momentum, { what: 'the momentum of', ...at });
    const files = new Map([[STUDENT, encodeParameters(detector, state.student)]]);
    if (state.teacher) files.set(TEACHER, encodeParameters(detector, state.teacher));
    files.set(OPTIMIZER, encodeMomentum(detector, momentum));
    return files;
  } finally {
    tf.dispose([...momentum.values()]);
  }
}

/** Starts the teacher as a copy of the student. */
export function startTeacher(state: TrainingState): void {
  state.teacher = createTeacher(state.student);
}

export function disposeState(state: TrainingState): void {
  tf.dispose([...state.student.values()]);
  if (state.teacher) tf.dispose([...state.teacher.values()]);
  state.sgd.dispose();
}
