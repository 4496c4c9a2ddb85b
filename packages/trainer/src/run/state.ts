/** Everything that a step changes, and how it is stored: together with the config it determines all that follows. */
import { join } from 'node:path';
import type { Category } from '@sed/datasets-coco';
import type { Detector } from '@sed/detectors';
import { createTeacher } from '@sed/teacher-ema';
import * as tf from '@tensorflow/tfjs-core';
import { initialWatch, type WatchState } from '../guards/watch.ts';
import { createSgd, type Sgd } from '../optimiser/sgd.ts';
import type { RunConfig } from '../config/schema.ts';
import type { StoredCheckpoint } from '../checkpoint/files.ts';
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
  state.watch = stored.state.watch;
  state.seconds = stored.state.seconds;
  return state;
}

/**
 * The classes that a checkpoint's model was trained on.
 * @throws Error where an older version wrote the checkpoint, without them
 */
export function categoriesOf({ state, folder }: StoredCheckpoint<StoredState>): readonly Category[] {
  const { categories } = state as Partial<StoredState>;
  if (categories) return categories;
  throw new Error(
    `${join(folder, 'state.json')} names no "categories": an older version wrote it. Resume the run with this version (train --resume), which writes them, or train anew.`,
  );
}

function file(stored: StoredCheckpoint<StoredState>, name: string): Uint8Array {
  const bytes = stored.files.get(name);
  if (!bytes) throw new Error(`${stored.folder} has no ${name}: it is no checkpoint of a training run.`);
  return bytes;
}

/** The files of a checkpoint. */
export function stateFiles(detector: Detector, state: TrainingState): Map<string, Uint8Array> {
  const files = new Map([[STUDENT, encodeParameters(detector, state.student)]]);
  if (state.teacher) files.set(TEACHER, encodeParameters(detector, state.teacher));
  const momentum = state.sgd.state();
  files.set(OPTIMIZER, encodeMomentum(detector, momentum));
  tf.dispose([...momentum.values()]);
  return files;
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
