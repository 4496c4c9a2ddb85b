import type { Series } from './chart.ts';
import { seriesColor } from './chart-options.ts';
import { allWithin, within } from './dom.ts';
import { borderStyle } from './line-style.ts';

const LINES = '.u-legend .u-series:not(:first-child)';

/**
 * uPlot's markers know no dashes, and its lines are hidden and shown by a click on their names alone: here by the
 * keyboard too.
 */
export function improveLegend(plot: uPlot, series: readonly Series[]): void {
  allWithin(plot.root, `${LINES} .u-marker`, HTMLElement).forEach((marker, i) => {
    const one = series[i]!;
    marker.style.border = '0';
    marker.style.borderTop = `2.5px ${borderStyle(one)} ${seriesColor(one)}`;
  });
  allWithin(plot.root, LINES, HTMLElement).forEach((row, i) => {
    const name = within(row, 'th', HTMLElement);
    const showState = () => name.setAttribute('aria-pressed', String(plot.series[i + 1]!.show));
    name.tabIndex = 0;
    name.setAttribute('role', 'button');
    showState();
    // uPlot's own listener comes after this one
    name.addEventListener('click', () => setTimeout(showState));
    name.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      name.click();
    });
  });
}
