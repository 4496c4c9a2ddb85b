/** Numbers of charts as text: three digits, as much as a label has room for. */
export function shortNumber(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e7) return value.toExponential(1).replace('e+', 'e');
  if (size >= 1000) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}

/** 10,000 as 10k: the iterations of a long run must not run into each other. */
export function tickText(value: number): string {
  if (value >= 1e6) return `${shortNumber(value / 1e6)}M`;
  return value >= 1e4 ? `${shortNumber(value / 1e3)}k` : shortNumber(value);
}

/** On a logarithmic axis powers of ten alone. */
export function logTickText(value: number): string {
  return Math.abs(Math.log10(value) % 1) > 1e-6 ? '' : shortNumber(value);
}
