/** What a forward pass of a dense head leaves. */
import { readNow } from '@sed/tensor-ops';
import * as tf from '@tensorflow/tfjs-core';
import type { ImageBatch, Predictions } from '../types.ts';
import type { Grid } from './anchors.ts';

/** Predictions of one level for the whole batch: rows by image, y, x, anchor. */
export interface Level extends Predictions, Grid {}

/** Predictions of a pyramid: one tensor, and the parts of it that are each level's. */
export interface DenseLevels {
  /** From the finest. */
  readonly levels: readonly Level[];
  /** The rows of all levels, one level after the other. */
  readonly all: Predictions;
}

/** What pairing needs of a forward pass with a dense head. */
export interface DenseForward extends DenseLevels {
  readonly batch: number;
  /** Of the padded batch, in pixels. */
  readonly height: number;
  readonly width: number;
  /** Valid part of each image, in pixels. */
  readonly sizes: ImageBatch['sizes'];
}

const rowsOf = ({ logits }: Predictions): number => logits.shape[0];

/** @returns the predictions with the part of each level; every cell of every level has as many rows */
export function splitLevels<G extends Grid>(all: Predictions, grids: readonly G[]): DenseLevels {
  const cells = grids.map(({ height, width }) => height * width);
  const total = cells.reduce((sum, n) => sum + n, 0);
  let first = 0;
  const levels = grids.map((grid, i) => {
    const rows = (rowsOf(all) / total) * cells[i]!;
    const part = slice(all, first, rows);
    first += rows;
    return { ...grid, ...part };
  });
  return { levels, all };
}

/** The rows of the levels from `from` to before `to`, as tensors of the caller's. */
export function rowsOfLevels({ levels, all }: DenseLevels, from = 0, to = levels.length): Predictions {
  const count = (parts: readonly Level[]): number => parts.reduce((sum, level) => sum + rowsOf(level), 0);
  return slice(all, count(levels.slice(0, from)), count(levels.slice(from, to)));
}

function slice({ logits, deltas }: Predictions, first: number, rows: number): Predictions {
  if (rows === logits.shape[0]) return { logits: tf.clone(logits), deltas: tf.clone(deltas) };
  return { logits: tf.slice(logits, [first, 0], [rows, -1]), deltas: tf.slice(deltas, [first, 0], [rows, -1]) };
}

/** Predictions of one level on the host, for the whole batch. */
export interface HostLevel {
  readonly grid: Grid;
  /** `[rows · C]` */
  readonly logits: Float32Array;
  /** `[rows · 4]` */
  readonly deltas: Float32Array;
}

/** Predictions on the host: one download for all levels. */
export async function downloadLevels(dense: DenseLevels): Promise<HostLevel[]> {
  const { logits, deltas } = dense.all;
  const [scores, boxes] = await Promise.all([logits.data<'float32'>(), deltas.data<'float32'>()]);
  return splitValues(dense, scores, boxes);
}

/**
 * The same without waiting, for work inside a gradient's tape.
 * @param reader whose work it is, for the message
 * @throws Error on a backend that cannot be read at once
 */
export function downloadLevelsNow(dense: DenseLevels, reader: string): HostLevel[] {
  return splitValues(dense, readNow(dense.all.logits, reader), readNow(dense.all.deltas, reader));
}

function splitValues({ levels, all }: DenseLevels, logits: Float32Array, deltas: Float32Array): HostLevel[] {
  const columns = all.logits.shape[1];
  let first = 0;
  return levels.map((level) => {
    const end = first + rowsOf(level);
    const part = {
      grid: level,
      logits: logits.subarray(first * columns, end * columns),
      deltas: deltas.subarray(4 * first, 4 * end),
    };
    first = end;
    return part;
  });
}
