/**
 * Checks every value of `actual` against `expected`: |a - e| <= absolute + relative * |e|.
 * A failure names the worst position, which a plain array comparison does not.
 */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: { relative?: number; absolute?: number } = {},
): void {
  const { relative = 1e-5, absolute = 1e-6 } = tolerance;
  expect(actual.length).toBe(expected.length);
  let worst = -1;
  let excess = 0;
  for (let i = 0; i < expected.length; i++) {
    const a = actual[i]!;
    const e = expected[i]!;
    const over = Number.isNaN(a) || Number.isNaN(e) ? Infinity : Math.abs(a - e) - (absolute + relative * Math.abs(e));
    const bothNaN = Number.isNaN(a) && Number.isNaN(e);
    if (!bothNaN && a !== e && over > excess) {
      excess = over;
      worst = i;
    }
  }
  if (worst >= 0) {
    throw new Error(
      `value ${worst} of ${expected.length} is ${actual[worst]}, expected ${expected[worst]} (over the tolerance by ${excess})`,
    );
  }
}
