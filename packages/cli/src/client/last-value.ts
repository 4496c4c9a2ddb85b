/**
 * The value at an index, or the nearest one before it: lines of runs that were measured at other iterations have gaps.
 */
export function lastValueAt(values: ArrayLike<number | null | undefined>, index: number): number | null {
  for (let i = index; i >= 0; i--) {
    const value = values[i];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}
