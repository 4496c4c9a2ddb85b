import type { Chart } from '../client/chart.ts';
import { BASELINE } from '../runs/networks.ts';
import { apCharts, networksText } from './ap-chart.ts';
import { chartSpec, ITERATION, logWhereWide, oneVariant, type ChartSpec, type Given } from './chart-spec.ts';
import { lossNames, lossNote, lossTitle } from './losses.ts';
import { pseudoCharts } from './pseudo-charts.ts';
import { numberAt, type Row } from './run-folder.ts';
import type { ReportRun } from './runs.ts';
import { perRun } from './series.ts';

export interface ChartSection {
  readonly title: string;
  /** How to read the charts. */
  readonly text: string;
  readonly charts: readonly Chart[];
}

/** Makes a chart with a line for each run, out of the numbers of its `train` rows. */
type Lines = (given: Omit<Given, 'variants' | 'marks'>, pick: (row: Row) => number | undefined) => ChartSpec;

/** All charts of the page, by section; sections without a chart are left out. */
export function charts(runs: readonly ReportRun[]): ChartSection[] {
  const marks = burnInMarks(runs);
  const lines: Lines = (given, pick) => chartSpec({ ...given, marks, variants: oneVariant(perRun(runs, pick)) });
  const sections: { title: string; text: string; charts: ChartSpec[] }[] = [
    { title: 'Average precision', text: networksText(runs), charts: apCharts(runs, marks) },
    {
      title: 'Losses',
      text: `Unweighted, as each loss function returns them; the total is what the optimizer sees.${marks.length > 0 ? ' The dotted line is the end of the burn-in.' : ''}`,
      charts: lossCharts(runs, lines),
    },
    {
      title: 'Pseudo-labels',
      text: 'The teacher’s detections on unlabeled images whose labels are known and hidden from training.',
      charts: pseudoCharts(runs, marks),
    },
    { title: 'Schedules and gradient', text: '', charts: scheduleCharts(lines) },
    { title: 'Time and memory', text: '', charts: costCharts(lines) },
  ];
  const isDrawn = ({ variants }: ChartSpec) => variants.some(({ series }) => series.length > 0);
  const iterations = [0, Math.max(1, ...runs.map((r) => r.lastStep))] as const;
  return sections
    .map((section) => ({ ...section, charts: section.charts.filter(isDrawn).map((spec) => placed(spec, iterations)) }))
    .filter((section) => section.charts.length > 0);
}

/** The chart with its x axis: the charts over iterations belong together, whatever each of them has values for. */
function placed(spec: ChartSpec, iterations: readonly [number, number]): Chart {
  return spec.xLabel === ITERATION
    ? { ...spec, group: ITERATION, xRange: spec.xRange ?? iterations }
    : { ...spec, xRange: spec.xRange ?? [0, 1] };
}

function lossCharts(runs: readonly ReportRun[], lines: Lines): ChartSpec[] {
  const total = lines({ id: 'total', title: 'total', note: 'weighted sum', yLabel: 'loss', fromZero: true }, (row) =>
    numberAt(row, 'total'),
  );
  const losses = lossNames(runs).map((name) =>
    lines({ id: `loss-${name}`, title: lossTitle(name), note: lossNote(name), yLabel: 'loss', fromZero: true }, (row) =>
      numberAt(row, 'losses', name),
    ),
  );
  return [total, ...losses].map(logWhereWide);
}

function scheduleCharts(lines: Lines): ChartSpec[] {
  return [
    lines({ id: 'lr', title: 'learning rate', yLabel: 'learning rate', fromZero: true }, (row) => numberAt(row, 'lr')),
    lines({ id: 'alpha', title: 'α of the teacher', note: 'θt ← α θt + (1 − α) θs', yLabel: 'α' }, (row) =>
      numberAt(row, 'alpha'),
    ),
    logWhereWide(
      lines({ id: 'gradient', title: 'norm of the gradient', note: 'before clipping', yLabel: 'norm' }, (row) =>
        numberAt(row, 'gradientNorm'),
      ),
    ),
    lines(
      {
        id: 'teacher-score',
        title: 'highest score of the teacher',
        note: 'on the weak view of the batch',
        yLabel: 'score',
        fromZero: true,
        top: 1,
      },
      (row) => numberAt(row, 'teacherMaxScore'),
    ),
  ];
}

function costCharts(lines: Lines): ChartSpec[] {
  return [
    lines(
      {
        id: 'seconds',
        title: 'time of a step',
        note: 'median of the steps since the row before',
        yLabel: 'seconds',
        fromZero: true,
      },
      (row) => numberAt(row, 'seconds'),
    ),
    lines({ id: 'rss', title: 'resident memory', note: 'of the whole process', yLabel: 'MB', fromZero: true }, (row) =>
      numberAt(row, 'memory', 'rssMegabytes'),
    ),
    lines(
      { id: 'tensors', title: 'live tensors', note: 'a line that rises is a leak', yLabel: 'tensors', fromZero: true },
      (row) => numberAt(row, 'memory', 'tensors'),
    ),
  ];
}

function burnInMarks(runs: readonly ReportRun[]): { x: number; label: string }[] {
  const steps = new Set(runs.filter((r) => r.method !== BASELINE).flatMap((r) => (r.burnIn ? [r.burnIn] : [])));
  return [...steps].map((x) => ({ x, label: 'burn-in ends' }));
}
