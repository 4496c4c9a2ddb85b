import type { Chart } from './chart.ts';
import { improveLegend } from './chart-legend.ts';
import { chartName } from './chart-name.ts';
import { chartOptions } from './chart-options.ts';
import { allWithin, byId, within } from './dom.ts';
import { THEME_CHANGE } from './theme.ts';

/** A chart on the page, with the variant that it shows. */
interface Shown {
  readonly chart: Chart;
  readonly box: HTMLElement;
  variant: number;
  plot?: uPlot;
}

/** Draws the charts, again when the page changes its width or its colors, and brings their switches to life. */
export function startCharts(charts: readonly Chart[]): void {
  const all = charts.map((chart): Shown => ({ chart, box: byId(`chart-${chart.id}`, HTMLElement), variant: 0 }));
  const redraw = () => all.forEach(draw);
  redraw();
  for (const group of allWithin(document, '[data-chart]', HTMLElement)) {
    const shown = all.find(({ chart }) => chart.id === group.dataset['chart']);
    if (shown) startSwitch(shown, allWithin(group, 'button', HTMLButtonElement));
  }
  let width = innerWidth;
  addEventListener('resize', () => {
    if (innerWidth === width) return;
    width = innerWidth;
    redraw();
  });
  document.addEventListener(THEME_CHANGE, redraw);
}

function startSwitch(shown: Shown, buttons: readonly HTMLButtonElement[]): void {
  buttons.forEach((button, variant) =>
    button.addEventListener('click', () => {
      for (const other of buttons) other.setAttribute('aria-pressed', String(other === button));
      shown.variant = variant;
      draw(shown);
    }),
  );
}

function draw(shown: Shown): void {
  const { chart, box } = shown;
  const variant = chart.variants[shown.variant]!;
  const { series } = variant;
  shown.plot?.destroy();
  const data = uPlot.join(series.map(({ x, y }) => [[...x], [...y]]));
  const options = chartOptions(chart, series, data, box.clientWidth);
  box.textContent = '';
  const plot = new uPlot(options, data, box);
  shown.plot = plot;
  improveLegend(plot, series);
  const picture = within(plot.root, '.u-wrap', HTMLElement);
  picture.setAttribute('role', 'img');
  picture.setAttribute('aria-label', chartName(chart, variant));
}
