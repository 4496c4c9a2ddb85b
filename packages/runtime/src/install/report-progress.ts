import type { InstallProgress } from './progress.ts';

const VERB = { download: 'fetching', unpack: 'unpacking', compile: 'compiling with', check: 'trying' } as const;

/**
 * Makes lines for stderr out of progress reports: one that is rewritten on a terminal, else one for every quarter of
 * the way, so that a log stays short. Empty where there is nothing new to say.
 */
export function progressLine(terminal: boolean): (progress: InstallProgress) => string {
  let last = '';
  return ({ stage, item, percent, megabytes, totalMegabytes, rate }) => {
    const step = percent === undefined ? 0 : Math.floor(percent / 25) * 25;
    const key = terminal ? '' : `${stage} ${item} ${step}`;
    if (key && key === last) return '';
    last = key;
    if (!terminal && stage === 'download' && megabytes === undefined) return ''; // the log has named it
    const shown = terminal ? percent : step;
    const parts = [`${VERB[stage]} ${item}`];
    if (percent !== undefined) parts.push(`${Math.floor(shown ?? 0)} %`);
    if (megabytes !== undefined && megabytes >= 0.1) {
      parts.push(
        totalMegabytes === undefined
          ? `${short(megabytes)} MB`
          : `${short(megabytes, totalMegabytes)} of ${short(totalMegabytes)} MB`,
      );
    }
    if (rate !== undefined && rate >= 0.1) parts.push(`${short(rate)} MB/s`);
    const text = parts.join('  ');
    return terminal ? `\r\x1b[K${text.slice(0, 110)}` : `${text}\n`;
  };
}

/** A number with one decimal where it, or the one it stands beside, is small. */
const short = (value: number, beside = value): string => value.toFixed(beside < 10 ? 1 : 0);
