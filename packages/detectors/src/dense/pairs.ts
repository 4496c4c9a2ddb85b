/** Which predictions of two forward passes are about the same place. */
import { mapDenseRows, movingMaps } from './map-dense-rows.ts';
import type { AffineMap } from '@sed/geometry';
import { pairOf } from '../pair-of.ts';
import type { PairFacts, PredictionPair } from '../types.ts';
import type { Grid } from './anchors.ts';
import { rowsOfLevels, type DenseForward, type Level } from './levels.ts';

/**
 * What is known of a dense head: the pair of its predictions, and the exponent of the finest level's stride, which
 * messages name.
 */
export interface DenseHead {
  readonly pair: PairFacts;
  readonly finest: number;
}

const grid = ({ height, width }: Level): string => `${height}x${width}`;

/**
 * Level f of the full view with level f - shift of the view reduced by 2^shift (Eq 2): the same number of cells, each
 * over the same part of the image. The coarsest `shift` levels of the reduced view and the finest of the full one have
 * no partner.
 * @throws if the grids differ, which happens when the padded size is no multiple of 32 · 2^shift
 */
export function scalePairs(
  full: DenseForward,
  reduced: DenseForward,
  shift: number,
  { pair, finest }: DenseHead,
): PredictionPair[] {
  if (!Number.isInteger(shift) || shift < 1 || shift >= full.levels.length) {
    throw new Error(`scalePairs: shift is ${shift}; it must be a whole number from 1 to ${full.levels.length - 1}.`);
  }
  if (full.batch !== reduced.batch) {
    throw new Error(
      `scalePairs: the full view has ${full.batch} images, the reduced one ${reduced.batch}; they must be the same.`,
    );
  }
  const a = full.levels.slice(shift);
  const b = reduced.levels.slice(0, full.levels.length - shift);
  a.forEach((level, i) => {
    const partner = b[i]!;
    if (level.height === partner.height && level.width === partner.width) return;
    throw new Error(
      `scalePairs: level P${i + finest + shift} of the full view (${full.height}x${full.width} pixels) has a ${grid(level)} grid, ` +
        `level P${i + finest} of the reduced one (${reduced.height}x${reduced.width}) has ${grid(partner)}. Pad the full view to a ` +
        `multiple of ${32 * 2 ** shift} and reduce exactly that padded batch by ${2 ** shift} (reduceBatch).`,
    );
  });
  return [pairOf(pair, { a: rowsOfLevels(full, shift), b: rowsOfLevels(reduced, 0, b.length) })];
}

/**
 * Every anchor of the teacher's view (a) with the same anchor of the student's (b), Eq 3; with maps between the views,
 * with the anchor that is about the same place ({@link mapDenseRows}).
 * @throws if the batches differ in size, and for maps that are not one an image
 */
export function distillationPairs(
  teacher: DenseForward,
  student: DenseForward,
  anchorsOf: (grid: Grid) => Float32Array,
  { pair }: DenseHead,
  maps?: readonly AffineMap[],
): PredictionPair[] {
  const shape = ({ batch, height, width }: DenseForward): string => `${batch} images of ${height}x${width}`;
  if (shape(teacher) !== shape(student)) {
    throw new Error(
      `distillationPairs: the teacher saw ${shape(teacher)}, the student ${shape(student)}; pad both views alike.`,
    );
  }
  const moving = movingMaps(maps, student.batch);
  if (moving !== undefined) {
    const mapping = { maps: moving, teacherSizes: teacher.sizes, studentSizes: student.sizes, anchorsOf };
    return [pairOf(pair, mapDenseRows(teacher.levels, student.levels, mapping))];
  }
  return [pairOf(pair, { a: rowsOfLevels(teacher), b: rowsOfLevels(student) })];
}
