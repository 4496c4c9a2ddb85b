/**
 * Pairs the levels of two feature pyramids: level f of X has the same grid as level f - s of X̂, which is X reduced by 2^s.
 *
 * @param full levels of X, finest first (`P3 … P7`)
 * @param reduced levels of X̂, finest first, from the same pyramid
 * @param shift s, a whole number from 0
 * @returns `[full[f], reduced[f - s]]` for every f that has a partner, finest first; the s finest levels of X and the s
 *   coarsest of X̂ have none
 * @throws if no level has a partner
 */
export function pairPyramids<T>(full: readonly T[], reduced: readonly T[], shift: number): [T, T][] {
  if (!Number.isInteger(shift) || shift < 0) {
    throw new Error(`pairPyramids: shift is ${shift}; it must be a whole number, the s of a view reduced by 2^s.`);
  }
  if (full.length !== reduced.length) {
    throw new Error(
      `pairPyramids: the pyramids have ${full.length} and ${reduced.length} levels; both views must come from the same pyramid.`,
    );
  }
  if (shift >= full.length) {
    throw new Error(
      `pairPyramids: a view reduced by 2^${shift} has no level in common with a pyramid of ${full.length} levels; shift must be ` +
        `below ${full.length}.`,
    );
  }
  return full.slice(shift).map((level, i) => [level, reduced[i]!]);
}
