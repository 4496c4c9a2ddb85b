/**
 * Names, inputs and attributes of the kernels that update weights: the contract between the functions here and whoever registers
 * faster kernels of these names.
 *
 * A step of an optimiser reads and writes every weight of a model and computes next to nothing, so what counts is how often memory is
 * gone over and how many ops are started. These kernels take lists of tensors. A list stands for one long vector, its tensors end to
 * end: lists need the same number of values, but need not be cut into the same tensors.
 *
 * No kernel changes its inputs' memory: a tensor may share it with others (a teacher starts with the student's).
 */

/**
 * Inputs `weight0…`, `velocity0…` (none: zeros), `gradient0…`, see `MomentumStepAttributes` → new weights, then new velocities, which are cut as
 * the velocities are, or where there are none as the first term of the gradient is:
 * `g = scale · Σ terms + weightDecay · w`, `v ← momentum · v + g`, `w ← w - lr · v`.
 */
export const SED_MOMENTUM_STEP = 'SedMomentumStep';
/** `target0…`, `source0…`, as many → new targets: `alpha · target + (1 - alpha) · source`. Shapes agree pair by pair. */
export const SED_MOVING_AVERAGE = 'SedMovingAverage';
/** `value0…`, see `SquaredNormAttributes` → a scalar, the sum of the squares of all values. */
export const SED_SQUARED_NORM = 'SedSquaredNorm';

/** Attributes of `SedMomentumStep`. */
export interface MomentumStepAttributes {
  readonly weights: number;
  readonly velocities: number;
  /** Tensors of each term of the gradient: one or two numbers. The terms are vectors of their own, one list after another. */
  readonly gradients: readonly number[];
  readonly lr: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly scale: number;
}

/** Attributes of `SedMovingAverage`. */
export interface MovingAverageAttributes {
  readonly count: number;
  readonly alpha: number;
}

/** Attributes of `SedSquaredNorm`: tensors of each of one or two terms, which are added before they are squared. */
export interface SquaredNormAttributes {
  readonly values: readonly number[];
}

/** The i-th tensor of the list `name` among a kernel's inputs. */
export const listInput = (name: string, i: number): string => `${name}${i}`;

/** A list of a kernel's inputs, in its order. */
export function inputList<T>(inputs: Readonly<Record<string, T | undefined>>, name: string, count: number): T[] {
  return Array.from({ length: count }, (_, i) => inputs[listInput(name, i)]!);
}

/** A list cut into consecutive parts of these lengths. */
export function cutList<T>(list: readonly T[], lengths: readonly number[]): T[][] {
  let at = 0;
  return lengths.map((length) => list.slice(at, (at += length)));
}
