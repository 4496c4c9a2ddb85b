/**
 * A decimal number, with an exponent where Python wrote one; undefined for all else: hexadecimal, empty, NaN, what
 * overflows.
 */
export function decimalOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
