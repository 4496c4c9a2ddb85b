/** A pair of predictions under the name and the activation that its detector states. */
import type { PairFacts, PredictionPair } from './types.ts';

export function pairOf(
  { name, activation }: PairFacts,
  rows: Omit<PredictionPair, 'name' | 'activation'>,
): PredictionPair {
  return { name, activation, ...rows };
}
