/**
 * Dense predictions of two views that differ by a map: the teacher's rows brought to the student's, rows without a
 * counterpart left out.
 *
 * Shapes: `B` batch, `H W` grid of a level, `A` anchors a cell, `C` classes, `K` paired cells.
 */
import { joinLevels } from '@sed/tensor-ops';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { isIdentity, pairCells, type AffineMap, type CellPairs } from '@sed/geometry';
import type { ImageBatch, Predictions } from '../types.ts';
import { mapDeltas, type DeltaMap } from './map-deltas.ts';
import { takeRows } from '../layers/take-rows.ts';

/** Predictions of one level, rows by image, y, x, anchor. */
export interface DenseLevel extends Predictions {
  /** Pixels a cell. */
  readonly stride: number;
  readonly height: number;
  readonly width: number;
}

export interface DenseMapping {
  /** One an image, from pixels of the teacher's batch to those of the student's. */
  readonly maps: readonly AffineMap[];
  /** Valid part of each image, in pixels. */
  readonly teacherSizes: ImageBatch['sizes'];
  readonly studentSizes: ImageBatch['sizes'];
  /** Anchors of a level, `[H·W·A · 4]`; those of a cell share its center. */
  readonly anchorsOf: (grid: DenseLevel) => Float32Array;
}

/** Maps that move something, or nothing. @throws if there is not one map an image, each of six finite numbers */
export function movingMaps(maps: readonly AffineMap[] | undefined, batch: number): readonly AffineMap[] | undefined {
  if (maps === undefined) return undefined;
  if (maps.length !== batch) {
    throw new Error(`distillationPairs: ${maps.length} maps for ${batch} images; give one an image.`);
  }
  maps.forEach((map, i) => {
    if (map.length !== 6 || !map.every(Number.isFinite)) {
      throw new Error(
        `distillationPairs: the map of image ${i} is [${map.join(', ')}]; it needs six finite numbers a b c d e f.`,
      );
    }
  });
  return maps.every(isIdentity) ? undefined : maps;
}

/**
 * The student's rows that have a counterpart (b), with the teacher's of the same level and anchor index, at the cell
 * nearest to the place that the student's cell came from (a; {@link pairCells}). The teacher's deltas are mapped and
 * made relative to the student's anchors ({@link mapDeltas}), so that equal deltas mean equal boxes. The gradient
 * reaches the paired rows of the student and nothing else.
 *
 * @param teacher levels of the teacher's view
 * @param student levels of the student's view, on the same grids
 * @returns rows by level, image, y, x, anchor, the caller owns them; `leftOut` is the number of the student's rows
 *   without a counterpart
 */
export function mapDenseRows(
  teacher: readonly DenseLevel[],
  student: readonly DenseLevel[],
  { maps, teacherSizes, studentSizes, anchorsOf }: DenseMapping,
): { a: Predictions; b: Predictions; leftOut: number } {
  const batch = maps.length;
  const grids = student.map((level) => gridOf(level, anchorsOf));
  const pairs = grids.map((grid) => pairCells(grid, maps, teacherSizes, studentSizes));
  const paired = pairs.reduce((sum, { student: cells }, i) => sum + cells.length * grids[i]!.anchors, 0);
  const all = grids.reduce((sum, { height, width, anchors }) => sum + batch * height * width * anchors, 0);
  // a level without a pair adds nothing; but something must be left to connect an empty loss to
  const used = [...pairs.keys()].filter((i) => pairs[i]!.student.length > 0 || (paired === 0 && i === 0));

  const join = (predictionsOf: (level: number) => Predictions): Predictions =>
    tf.tidy(() => joinLevels(used.map(predictionsOf)));
  const cells = (rows: Tensor2D, i: number): Tensor2D =>
    tf.reshape(rows, [batch * grids[i]!.height * grids[i]!.width, -1]);
  const taken = (rows: Tensor2D, i: number, of: 'teacher' | 'student'): Tensor2D =>
    tf.reshape(takeRows(cells(rows, i), pairs[i]![of]), [-1, rows.shape[1]]);
  // a teacher's cell may be nearest to two of the student's, so this is no `takeRows`; it needs no gradient
  const gathered = (rows: Tensor2D, i: number): Tensor2D => {
    const { teacher: index } = pairs[i]!;
    if (index.length === 0) return tf.zeros([0, rows.shape[1]]);
    return tf.reshape(tf.gather(cells(rows, i), tf.tensor1d(index, 'int32')), [-1, rows.shape[1]]);
  };
  return {
    a: join((i) => ({
      logits: gathered(teacher[i]!.logits, i),
      deltas: mappedDeltas(gathered(teacher[i]!.deltas, i), pairs[i]!, grids[i]!, maps),
    })),
    b: join((i) => ({
      logits: taken(student[i]!.logits, i, 'student'),
      deltas: taken(student[i]!.deltas, i, 'student'),
    })),
    leftOut: all - paired,
  };
}

interface Cell {
  readonly stride: number;
  readonly height: number;
  readonly width: number;
  readonly center: number;
  /** A */
  readonly anchors: number;
  /** Of each anchor of a cell. */
  readonly widths: Float32Array;
  readonly heights: Float32Array;
}

function gridOf(level: DenseLevel, anchorsOf: DenseMapping['anchorsOf']): Cell {
  const { stride, height, width } = level;
  const boxes = anchorsOf(level);
  const anchors = boxes.length / (4 * height * width);
  const side = (axis: number) =>
    Float32Array.from({ length: anchors }, (_, i) => boxes[4 * i + axis + 2]! - boxes[4 * i + axis]!);
  return { stride, height, width, center: (boxes[0]! + boxes[2]!) / 2, anchors, widths: side(0), heights: side(1) };
}

/** @param deltas `[K·A, 4]` of the teacher; the caller tidies */
function mappedDeltas(deltas: Tensor2D, pairs: CellPairs, cell: Cell, maps: readonly AffineMap[]): Tensor2D {
  const count = pairs.student.length;
  if (count === 0) return deltas;
  const { anchors, widths, heights } = cell;
  const ofCells = (values: Float32Array): Tensor => tf.tensor3d(values, [count, 1, 1]);
  const ofAnchors = (value: (i: number) => number): Tensor =>
    tf.tensor3d(
      Float32Array.from({ length: anchors }, (_, i) => value(i)),
      [1, anchors, 1],
    );
  const entry = (k: number): Tensor => ofCells(Float32Array.from(pairs.images, (image) => maps[image]![k]!));
  const map: DeltaMap = {
    offsetX: tf.mul(
      ofCells(pairs.offsetX),
      ofAnchors((i) => 1 / widths[i]!),
    ),
    offsetY: tf.mul(
      ofCells(pairs.offsetY),
      ofAnchors((i) => 1 / heights[i]!),
    ),
    xx: entry(0),
    xy: tf.mul(
      entry(1),
      ofAnchors((i) => heights[i]! / widths[i]!),
    ),
    yx: tf.mul(
      entry(3),
      ofAnchors((i) => widths[i]! / heights[i]!),
    ),
    yy: entry(4),
  };
  return tf.reshape(mapDeltas(tf.reshape(deltas, [count, anchors, 4]), map), [count * anchors, 4]);
}
