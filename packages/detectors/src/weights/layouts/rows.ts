/** Weights whose outputs another library orders otherwise: changes along the first axis, torch's output axis. */
import { sizeOf } from '../state-dict.ts';
import type { StateData, StateTensor } from '../state-dict.ts';

const valuesPerRow = ({ shape }: StateTensor): number => sizeOf(shape.slice(1));

const empty = (like: StateTensor, count: number): StateData => {
  const type = like.data.slice(0, 0).constructor as new (count: number) => StateData;
  return new type(count);
};

/** The rows in another order: row i of the result is row `order[i]`, and a row of zeros where that is undefined. */
function takeRows(weight: StateTensor, order: readonly (number | undefined)[]): StateTensor {
  const width = valuesPerRow(weight);
  const data = empty(weight, order.length * width);
  order.forEach((row, i) => {
    if (row !== undefined) data.set(weight.data.subarray(row * width, (row + 1) * width) as never, i * width);
  });
  return { shape: [order.length, ...weight.shape.slice(1)], data };
}

const range = (count: number, from = 0): number[] => Array.from({ length: count }, (_, i) => from + i);

/** Background last, as mmdetection and detectron2 have it, to background first, as torchvision. */
export function backgroundFirst(weight: StateTensor): StateTensor {
  const rows = weight.shape[0] ?? 0;
  return takeRows(weight, rows === 0 ? [] : [rows - 1, ...range(rows - 1)]);
}

/** Box outputs without background get torchvision's four of the background, which are never looked at. */
export const withBackgroundBox = (weight: StateTensor): StateTensor =>
  takeRows(weight, [undefined, undefined, undefined, undefined, ...range(weight.shape[0] ?? 0)]);

/**
 * Outputs of a cell's anchors, from detectron2's order (scale by scale, each with its ratios) to torchvision's (ratio
 * by ratio, each with its scales).
 * @param anchors.scales times `anchors.ratios` must divide the outputs; else they stay as they are
 */
export function ratiosFirst(
  weight: StateTensor,
  { scales, ratios }: { readonly scales: number; readonly ratios: number },
): StateTensor {
  const rows = weight.shape[0] ?? 0;
  const each = rows / (scales * ratios);
  if (!Number.isInteger(each)) return weight;
  const order = range(ratios).flatMap((ratio) =>
    range(scales).flatMap((scale) => range(each, (scale * ratios + ratio) * each)),
  );
  return takeRows(weight, order);
}
