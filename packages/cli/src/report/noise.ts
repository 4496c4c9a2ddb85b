/** How much of a difference between runs chance makes. */

/**
 * AP points by which runs of one recipe differ on small data sets when only the seed, or the rounding of the
 * convolutions, changes: 3.3 and 3.0 in `docs/results.md` (BCCD, fold 2, a second seed; the demo on three builds).
 */
export const RERUN_NOISE = 3;

/** Student's t, two-sided 95 %, by degrees of freedom from 1 on. */
const T95 = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23];

/** Half of the 95 % interval of a mean: `deviation` of the single values, `n` of them (2 or more). */
export function halfInterval(deviation: number, n: number): number {
  return ((T95[n - 2] ?? 2.2) * deviation) / Math.sqrt(n);
}
