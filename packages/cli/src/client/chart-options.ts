import { horizontalRange, linearRange } from './axis-range.ts';
import type { Chart, Series } from './chart.ts';
import { drawMarks } from './chart-marks.ts';
import { lastValueAt } from './last-value.ts';
import { logTickText, shortNumber, tickText } from './number-text.ts';
import { isDark, styleVariable } from './theme.ts';

/** A box with fewer pixels has no name beside its y axis. */
const NARROW = 420;
/** So many points are marked: an evaluation is a measurement, the line between is not. */
const FEW_POINTS = 40;
const FONT = '12px system-ui, "DejaVu Sans", sans-serif';

/** The color of a line on the page as it is now. */
export const seriesColor = ({ color }: Series): string => color[isDark() ? 1 : 0];

/** What uPlot is told: a chart as wide as its box, in the colors of the page as it is now. */
export function chartOptions(
  chart: Chart,
  series: readonly Series[],
  data: uPlot.AlignedData,
  width: number,
): uPlot.Options {
  const [ink, grid] = [styleVariable('--soft'), styleVariable('--grid')];
  const isNarrow = width < NARROW;
  const times = data[0];
  const ends = [times[0] ?? 0, times[times.length - 1] ?? 0] as const;
  const axis: uPlot.Axis = {
    stroke: ink,
    grid: { stroke: grid, width: 1 },
    ticks: { stroke: grid, width: 1, size: 4 },
    font: FONT,
    labelFont: FONT,
    labelSize: 18,
  };
  const texts = (text: (value: number) => string) => (_: uPlot, splits: (number | null)[]) =>
    splits.map((value) => (value === null ? '' : text(value)));
  const showLast = (plot: uPlot) => plot.setLegend({ idx: times.length - 1 }, false);
  return {
    width,
    height: chart.height,
    padding: [10, isNarrow ? 14 : 22, 0, 0],
    cursor: {
      focus: { prox: 24 },
      points: { size: 7 },
      drag: { x: true, y: false },
      ...(chart.group === undefined ? {} : { sync: { key: chart.group } }),
    },
    focus: { alpha: 0.35 },
    scales: {
      x: { time: false, range: (_, low, high) => horizontalRange(chart, ends, low, high) },
      y: {
        distr: chart.log ? 3 : 1,
        range: (_, low: number | null, high: number | null) =>
          chart.log && low !== null && high !== null
            ? uPlot.rangeLog(low, high, 10, false)
            : linearRange(chart, low, high),
      },
    },
    axes: [
      { ...axis, label: chart.xLabel, size: 32, values: texts(tickText) },
      {
        ...axis,
        ...(isNarrow ? {} : { label: chart.yLabel }),
        size: isNarrow ? 48 : 52,
        values: texts(chart.log ? logTickText : tickText),
      },
    ],
    series: [
      { label: chart.xLabel, value: (_, value: number | null) => (value === null ? '' : shortNumber(value)) },
      ...series.map((one) => lineOptions(one, times.length <= FEW_POINTS)),
    ],
    plugins: [
      {
        hooks: {
          draw: (plot) => drawMarks(plot, chart.marks, ink, width),
          ready: showLast,
          // without a pointer the legend shows the last values instead of dashes
          setCursor: (plot) => {
            if (plot.cursor.idx == null) showLast(plot);
          },
        },
      },
    ],
  };
}

function lineOptions(series: Series, isMarked: boolean): uPlot.Series {
  const color = seriesColor(series);
  return {
    label: series.label,
    stroke: color,
    width: 2,
    ...(series.dash === undefined ? {} : { dash: [...series.dash] }),
    spanGaps: true,
    points: { show: isMarked, size: 5, fill: color },
    value: (plot, value: number | null, index, at) => {
      const shown = value ?? (at === null ? null : lastValueAt(plot.data[index]!, at));
      return shown === null ? '–' : shortNumber(shown);
    },
  };
}
