/** Which anchors or regions of an image enter the losses (torchvision's `BalancedPositiveNegativeSampler`). */
import type { RandomStream } from '@sed/geometry';
import { BACKGROUND } from '../dense/matcher.ts';
import type { SamplingSettings } from './settings.ts';

export interface Sample {
  /** Indices of rows with an object. */
  readonly positives: number[];
  /** Indices of background rows. */
  readonly negatives: number[];
}

/**
 * @param matches what `matchAnchors` gave; ignored rows are never drawn
 * @param random one permutation of the positives and one of the background rows is drawn, whether or not all are taken
 */
export function sampleBalanced(
  matches: Int32Array,
  { count, positiveFraction }: SamplingSettings,
  random: RandomStream,
): Sample {
  const positives: number[] = [];
  const negatives: number[] = [];
  for (let i = 0; i < matches.length; i++) {
    if (matches[i]! >= 0) positives.push(i);
    else if (matches[i] === BACKGROUND) negatives.push(i);
  }
  const draw = (rows: readonly number[], most: number): number[] =>
    Array.from(random.permutation(rows.length).subarray(0, most), (k) => rows[k]!);
  const chosen = draw(positives, Math.floor(count * positiveFraction));
  return { positives: chosen, negatives: draw(negatives, count - chosen.length) };
}
