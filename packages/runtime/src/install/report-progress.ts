import type { InstallProgress } from './progress.ts';

const VERB = { download: 'fetching', unpack: 'unpacking', compile: 'compiling with', check: 'trying' } as const;

/**
 * Makes lines for stderr out of progress reports: one that is rewritten on a terminal, else one for every quarter of the
 * way, so that a log stays short. Empty where there is nothing new to say.
 */
export function progressLine(terminal: boolean): (progress: InstallProgress) => string {
  let last = '';
  return ({ stage, item, percent, megabytes, totalMegabytes, rate }) => {
    const step = percent === undefined ? 0 : Math.floor(percent / 25) * 25;
    const key = terminal ? '' : `${stage} ${item} ${step}`;
    if (key && key === last) return '';
    last = key;
    const shown = terminal ? percent : step;
    const parts = [`${VERB[stage]} ${item}`];
    if (percent !== undefined) parts.push(`${Math.floor(shown ?? 0)} %`);
    if (megabytes !== undefined && megabytes >= 0.1) {
      parts.push(
        totalMegabytes === undefined
          ? `${megabytes.toFixed(0)} MB`
          : `${megabytes.toFixed(0)} of ${totalMegabytes.toFixed(0)} MB`,
      );
    }
    if (rate !== undefined && rate >= 0.1) parts.push(`${rate.toFixed(rate < 10 ? 1 : 0)} MB/s`);
    const text = parts.join('  ');
    return terminal ? `\r\x1b[K${text.slice(0, 110)}` : `${text}\n`;
  };
}
