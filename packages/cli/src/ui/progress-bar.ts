/** A bar of text: `download [#########---------------]  38 %  detail`. `fraction` is cut to 0..1. */
export function progressBar(label: string, fraction: number, detail = '', width = 24): string {
  const part = Math.max(0, Math.min(1, Number.isFinite(fraction) ? fraction : 0));
  const full = Math.round(part * width);
  const bar = '█'.repeat(full) + '░'.repeat(width - full);
  return `${label} ${bar} ${String(Math.floor(part * 100)).padStart(3)} %${detail === '' ? '' : `  ${detail}`}`;
}
