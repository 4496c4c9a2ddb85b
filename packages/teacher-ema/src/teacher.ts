/**
 * The mean teacher: a second set of the student's weights that follows it slowly (Eq 4).
 *
 * Weights are a map from name to tensor, as a detector takes them. The student's are tf.Variables (its optimizer
 * assigns them); the teacher's are tf.Variables that are not trainable, so that no optimizer finds them.
 */
import { bucketsOf, movingAverage } from '@sed/tensor-ops/update';
import { checkNames, checkNumber, shapeOf, shown } from '@sed/tensor-ops/arguments';
import { dispose, Tensor, tidy, variable } from '@tensorflow/tfjs-core';
import type { Variable } from '@tensorflow/tfjs-core';

/** Weights by name. */
export type NamedTensors = ReadonlyMap<string, Tensor>;

export interface UpdateOptions {
  /** Names of buffers (batch norm's statistics): copied from the student, not averaged. Default none. */
  readonly buffers?: ReadonlySet<string>;
  /**
   * Names of the parameters that the student trains. Others cannot have changed since the teacher was copied and are
   * left as they are; buffers are copied all the same. Default: all.
   */
  readonly trainable?: ReadonlySet<string>;
}

/**
 * A teacher equal to the student as it is now: what the paper makes at the end of burn-in.
 *
 * @returns new variables under the student's names, in its order; the caller disposes of them (`disposeTeacher`)
 * @throws Error where the student is no map of tensors, or one of them is disposed; nothing is left then
 */
export function createTeacher(student: NamedTensors): Map<string, Variable> {
  checkWeights('createTeacher', 'student', student);
  const teacher = new Map<string, Variable>();
  for (const [name, value] of student) {
    if (value.isDisposed) {
      dispose([...teacher.values()]);
      throw new Error(
        `createTeacher: the student's '${name}' is disposed; copy the student before its weights are freed.`,
      );
    }
    teacher.set(
      name,
      tidy(() => variable(value.clone(), false)),
    );
  }
  return teacher;
}

/**
 * Eq 4, in place: `θt ← α θt + (1 - α) θs` for every parameter, `θt ← θs` for every buffer.
 *
 * @param alpha how much of the teacher stays, in [0, 1]; 0 copies the student
 * @throws Error where a name or a shape of one is not the other's, or an option is unknown or names no weight; the
 *   teacher is unchanged then
 */
export function updateTeacher(
  teacher: ReadonlyMap<string, Variable>,
  student: NamedTensors,
  alpha: number,
  options: UpdateOptions = {},
): void {
  checkNumber('updateTeacher', 'alpha', alpha, (a) => a >= 0 && a <= 1, 'between 0 and 1');
  checkOptions(options);
  checkWeights('updateTeacher', 'teacher', teacher);
  checkWeights('updateTeacher', 'student', student);
  checkSameWeights(teacher, student, options);
  const { buffers, trainable } = options;
  const averaged = new Map<string, readonly number[]>();
  for (const [name, target] of teacher) {
    if (buffers?.has(name) || target.dtype !== 'float32') tidy(() => target.assign(student.get(name)!.clone()));
    else if (!trainable || trainable.has(name)) averaged.set(name, target.shape);
  }
  // some at a time, so that there is no second teacher beside the first
  for (const { names } of bucketsOf(averaged)) {
    const targets = names.map((name) => teacher.get(name)!);
    const sources = names.map((name) => student.get(name)!);
    tidy(() => movingAverage(targets, sources, alpha).forEach((next, i) => targets[i]!.assign(next)));
  }
}

/** Frees the teacher's variables. */
export function disposeTeacher(teacher: ReadonlyMap<string, Variable>): void {
  dispose([...teacher.values()]);
}

function checkWeights(caller: string, name: string, weights: unknown): void {
  if (typeof (weights as NamedTensors | undefined)?.entries !== 'function') {
    throw new Error(`${caller}: ${name} is ${shown(weights)}; it must be a Map from names to tensors.`);
  }
  for (const [key, value] of (weights as ReadonlyMap<string, unknown>).entries()) {
    if (value instanceof Tensor) continue;
    throw new Error(`${caller}: '${key}' of the ${name} is ${shown(value)}; it must be a tensor.`);
  }
}

function checkOptions(options: UpdateOptions): void {
  checkNames('updateTeacher', 'options', options, ['buffers', 'trainable']);
  for (const [field, names] of Object.entries(options)) {
    if (names === undefined || typeof (names as ReadonlySet<string> | null)?.has === 'function') continue;
    throw new Error(`updateTeacher: options.${field} is ${shown(names)}; it must be a Set of names.`);
  }
}

function checkSameWeights(teacher: ReadonlyMap<string, Tensor>, student: NamedTensors, options: UpdateOptions): void {
  const list = (names: string[]): string =>
    `${names
      .slice(0, 5)
      .map((n) => `'${n}'`)
      .join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`;
  const missing = [...teacher.keys()].filter((name) => !student.has(name));
  if (missing.length > 0) throw new Error(`updateTeacher: the student has no ${list(missing)}, which the teacher has.`);
  const extra = [...student.keys()].filter((name) => !teacher.has(name));
  if (extra.length > 0) {
    throw new Error(
      `updateTeacher: the teacher has no ${list(extra)}, which the student has. Make it with createTeacher.`,
    );
  }
  for (const [field, names] of Object.entries({ buffers: options.buffers, trainable: options.trainable })) {
    const unknown = [...(names ?? [])].filter((name) => !teacher.has(name));
    if (unknown.length > 0)
      throw new Error(`updateTeacher: options.${field} names ${list(unknown)}, which is no weight.`);
  }
  for (const [name, target] of teacher) {
    const source = student.get(name)!;
    if (target.shape.join() !== source.shape.join() || target.dtype !== source.dtype) {
      throw new Error(
        `updateTeacher: '${name}' is ${target.dtype} ${shapeOf(target)} in the teacher and ${source.dtype} ` +
          `${shapeOf(source)} in the student.`,
      );
    }
  }
}
