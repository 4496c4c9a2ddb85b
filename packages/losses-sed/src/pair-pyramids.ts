import { checkNumber, shown } from '@sed/tensor-ops/arguments';

/**
 * Pairs the levels of two feature pyramids: level f of X has the same grid as level f - s of X̂, which is X reduced by
 * 2^s.
 *
 * @param full levels of X, finest first (`P3 … P7`)
 * @param reduced levels of X̂, finest first, from the same pyramid
 * @param shift s, a whole number from 0
 * @returns `[full[f], reduced[f - s]]` for every f that has a partner, finest first; the s finest levels of X and the s
 *   coarsest of X̂ have none. The rows of all pairs together enter the losses: `joinLevels` of the first of each, and
 *   of the second
 * @throws Error where the pyramids have different numbers of levels, or no level has a partner
 */
export function pairPyramids<T>(full: readonly T[], reduced: readonly T[], shift: number): [T, T][] {
  for (const [name, levels] of Object.entries({ full, reduced })) {
    if (Array.isArray(levels)) continue;
    throw new Error(`pairPyramids: ${name} is ${shown(levels)}; it must be the list of a view's levels, finest first.`);
  }
  const whole = (s: number): boolean => Number.isInteger(s) && s >= 0;
  checkNumber('pairPyramids', 'shift', shift, whole, 'a whole number from 0, the s of a view reduced by 2^s');
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
