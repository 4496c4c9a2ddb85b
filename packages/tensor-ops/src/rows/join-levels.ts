/**
 * Shapes: `B` images, `H W` cells of a level, `A` anchors a cell, `N` rows, `C` values of a class vector, `D` of a box
 * delta.
 */
import { reshape, tidy } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { checkNames, checkNumber } from '../arguments/options.ts';
import { checkTensor, shapeOf } from '../arguments/tensors.ts';
import { joinRows } from './join-rows.ts';

/** What a head predicts of one level. (A type and no interface, so that `tf.dispose` and `tf.tidy` take it.) */
export type LevelPredictions<T extends Tensor = Tensor> = {
  readonly logits: T;
  readonly deltas: T;
};

export interface JoinLevelsOptions {
  /** A, which a map `[B, H, W, A·C]` does not show; needed for such maps, and for no other shape. */
  readonly anchors?: number;
}

const FORMS =
  'rows [N, C], rows by image [B, N, C], a map [B, H, W, A·C] (with options.anchors), or a map [B, H, W, A, C]';

/**
 * The predictions of all levels of a pyramid as rows, which is what a loss that counts over all of them needs (Eq 5 of
 * SED: one histogram of all anchors of all levels). Rows stand by level, image, y, x, anchor: the order of torch's
 * `cat([level.reshape(-1, C) for level in levels])`. Two views whose levels pair give rows that pair. Differentiable in
 * every level.
 *
 * @param levels from one head, all of one form: rows `[N, C]` or `[B, N, C]`, or maps `[B, H, W, A·C]` or
 *   `[B, H, W, A, C]`; `deltas` likewise, D in the place of C. In `[B, H, W, A·C]` the values of an anchor are
 *   neighbors, as torchvision's heads have them.
 * @returns `logits [ΣN, C]`, `deltas [ΣN, D]`; the caller disposes of both
 * @throws Error that names the level and its shapes where they are of another form, or do not fit each other
 */
export function joinLevels(
  levels: readonly LevelPredictions[],
  options: JoinLevelsOptions = {},
): LevelPredictions<Tensor2D> {
  const { anchors } = checkArguments(levels, options);
  return tidy(() => {
    const part = (values: 'logits' | 'deltas'): Tensor2D => {
      const columns = columnsOf(levels[0]![values], anchors);
      const rows = levels.map((level): Tensor2D => reshape(level[values], [level[values].size / columns, columns]));
      return joinRows(rows, columns);
    };
    return { logits: part('logits'), deltas: part('deltas') };
  });
}

const columnsOf = ({ rank, shape }: Tensor, anchors = 1): number => shape.at(-1)! / (rank === 4 ? anchors : 1);

function checkArguments(levels: unknown, options: JoinLevelsOptions): JoinLevelsOptions {
  if (!Array.isArray(levels) || levels.length === 0) {
    throw new Error('joinLevels: there are no levels; give a list of { logits, deltas }, one for each level.');
  }
  checkNames('joinLevels', 'options', options, ['anchors']);
  const { anchors } = options;
  if (anchors !== undefined) {
    checkNumber(
      'joinLevels',
      'options.anchors',
      anchors,
      (a) => Number.isInteger(a) && a >= 1,
      'a whole number from 1',
    );
  }
  const first = levels[0] as LevelPredictions;
  (levels as LevelPredictions[]).forEach((level, i) => {
    for (const name of ['logits', 'deltas'] as const) {
      checkTensor('joinLevels', `levels[${i}].${name}`, level?.[name], [2, 3, 4, 5], FORMS);
      checkForm(level[name], `levels[${i}].${name}`, anchors);
      checkLike(level[name], `levels[${i}].${name}`, first[name], `levels[0].${name}`);
    }
    checkSamePlaces(level, `levels[${i}]`, anchors);
  });
  return options;
}

function checkForm(values: Tensor, name: string, anchors: number | undefined): void {
  const { rank, shape } = values;
  const found = `joinLevels: ${name} ${shapeOf(values)}`;
  if (shape.at(-1) === 0) throw new Error(`${found} has no values a row.`);
  if (rank === 4 && anchors === undefined) {
    throw new Error(
      `${found} is a map [B, H, W, A·C]; give options.anchors, its anchors a cell (1 where there are none).`,
    );
  }
  if (rank === 4 && shape[3]! % anchors! !== 0) {
    throw new Error(`${found} has ${shape[3]} values a cell, which ${anchors} anchors (options.anchors) cannot share.`);
  }
  if (rank === 5 && anchors !== undefined && shape[3] !== anchors) {
    throw new Error(`${found} has ${shape[3]} anchors a cell, but options.anchors is ${anchors}.`);
  }
  if (rank < 4 && anchors !== undefined) {
    throw new Error(`${found} is rows, one an anchor; leave out options.anchors, which is for maps.`);
  }
}

/** One form, and as many images and values as the first level. */
function checkLike(values: Tensor, name: string, first: Tensor, firstName: string): void {
  const { rank, shape } = values;
  const alike =
    rank === first.rank && shape.at(-1) === first.shape.at(-1) && (rank === 2 || shape[0] === first.shape[0]);
  if (alike) return;
  throw new Error(
    `joinLevels: ${name} ${shapeOf(values)} and ${firstName} ${shapeOf(first)} are not of one head: rank, images and values a row must be the same.`,
  );
}

function checkSamePlaces({ logits, deltas }: LevelPredictions, name: string, anchors: number | undefined): void {
  const places = ({ rank, shape }: Tensor): string =>
    (rank === 4 ? [...shape.slice(0, 3), anchors] : shape.slice(0, -1)).join();
  if (logits.rank === deltas.rank && places(logits) === places(deltas)) return;
  throw new Error(
    `joinLevels: ${name}.logits ${shapeOf(logits)} and ${name}.deltas ${shapeOf(deltas)} are not about the same places; all but the last axis must be equal.`,
  );
}
