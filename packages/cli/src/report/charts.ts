import { numberAt, numbersOf, type Row } from './run-folder.ts';
import { BASELINE } from '../runs/networks.ts';
import type { ReportRun, RunNetwork } from './runs.ts';

/** A line of a chart; `y` is as long as `x`, null where there is no value. */
export interface Series {
  readonly label: string;
  /** Colour on the light and on the dark page. */
  readonly color: readonly [string, string];
  readonly dash?: readonly number[];
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
}

export interface Variant {
  /** What the switch says; empty where there is only one. */
  readonly name: string;
  readonly series: readonly Series[];
}

/** What the page's script draws. One chart shows one of its variants at a time. */
export interface Chart {
  readonly id: string;
  readonly title: string;
  readonly note: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly log: boolean;
  /** Least upper end of the y axis, e.g. 1 for a probability. */
  readonly top?: number;
  readonly fromZero: boolean;
  readonly variants: readonly Variant[];
  /** Ends of the x axis; the same for the charts over all iterations, so that they can be read together. */
  readonly xRange?: readonly [number, number];
  /** Vertical lines. */
  readonly marks: readonly { readonly x: number; readonly label: string }[];
}

const ITERATION = 'iteration';
const DASHED = [6, 4];
/** Of a run's networks one after the other. */
const NETWORK_DASHES: readonly (readonly number[] | undefined)[] = [undefined, DASHED, [2, 3], [10, 3, 2, 3]];
/** More points than this are means of neighbours: a long run must not make a page of 50 MB. */
const MOST_POINTS = 500;

export interface ChartSection {
  readonly title: string;
  /** How to read the charts. */
  readonly text: string;
  readonly charts: readonly Chart[];
}

/** All charts of the page, by section; sections without a chart are left out. */
export function charts(runs: readonly ReportRun[]): ChartSection[] {
  const marks = burnInMarks(runs);
  const lines = (
    id: string,
    title: string,
    note: string,
    yLabel: string,
    pick: (row: Row) => number | undefined,
    extra: Partial<Chart> = {},
  ) => chart({ id, title, note, yLabel, marks, variants: [{ name: '', series: perRun(runs, pick) }], ...extra });
  const losses = lossNames(runs).map((name) => {
    const pick = (row: Row) => numberAt(row, 'losses', name);
    const series = perRun(runs, pick);
    return chart({
      id: `loss-${name}`,
      title: lossTitle(name),
      note: lossNote(name),
      yLabel: 'loss',
      marks,
      variants: [{ name: '', series }],
      log: wantsLog(series),
      fromZero: true,
    });
  });
  const total = perRun(runs, (row) => numberAt(row, 'total'));
  const all = [
    {
      title: 'Average precision',
      text: networksText(runs),
      charts: apCharts(runs, marks),
    },
    {
      title: 'Losses',
      text: 'Unweighted, as each loss function returns them; the total is what the optimiser sees. The dotted line is the end of the burn-in.',
      charts: [
        chart({
          id: 'total',
          title: 'total',
          note: 'weighted sum',
          yLabel: 'loss',
          marks,
          variants: [{ name: '', series: total }],
          log: wantsLog(total),
          fromZero: true,
        }),
        ...losses,
      ],
    },
    {
      title: 'Pseudo-labels',
      text: 'The teacher’s detections on unlabeled images whose labels are known and hidden from training.',
      charts: pseudoCharts(runs, marks),
    },
    {
      title: 'Schedules and gradient',
      text: '',
      charts: [
        lines('lr', 'learning rate', '', 'learning rate', (r) => numberAt(r, 'lr'), { fromZero: true }),
        lines('alpha', 'α of the teacher', 'θt ← α θt + (1 − α) θs', 'α', (r) => numberAt(r, 'alpha')),
        withLog(
          lines('gradient', 'norm of the gradient', 'before clipping', 'norm', (r) => numberAt(r, 'gradientNorm')),
        ),
        lines(
          'teacher-score',
          'highest score of the teacher',
          'on the weak view of the batch',
          'score',
          (r) => numberAt(r, 'teacherMaxScore'),
          { fromZero: true, top: 1 },
        ),
      ],
    },
    {
      title: 'Time and memory',
      text: '',
      charts: [
        lines(
          'seconds',
          'time of a step',
          'median of the steps since the row before',
          'seconds',
          (r) => numberAt(r, 'seconds'),
          { fromZero: true },
        ),
        lines('rss', 'resident memory', 'of the whole process', 'MB', (r) => numberAt(r, 'memory', 'rssMegabytes'), {
          fromZero: true,
        }),
        lines(
          'tensors',
          'live tensors',
          'a line that rises is a leak',
          'tensors',
          (r) => numberAt(r, 'memory', 'tensors'),
          { fromZero: true },
        ),
      ],
    },
  ];
  const drawn = (c: Chart) => c.variants.some((v) => v.series.length > 0);
  const xRange = [0, Math.max(1, ...runs.map((r) => r.lastStep))] as const;
  const ranged = (c: Chart): Chart => ({ ...c, xRange: c.xRange ?? (c.xLabel === ITERATION ? xRange : [0, 1]) });
  return all.map((s) => ({ ...s, charts: s.charts.filter(drawn).map(ranged) })).filter((s) => s.charts.length > 0);
}

function chart(given: Partial<Chart> & Pick<Chart, 'id' | 'title' | 'yLabel' | 'variants'>): Chart {
  return { note: '', xLabel: ITERATION, log: false, fromZero: false, marks: [], ...given };
}

function withLog(c: Chart): Chart {
  return { ...c, log: wantsLog(c.variants[0]!.series) };
}

/** One line a run out of its `train` rows. */
function perRun(runs: readonly ReportRun[], pick: (row: Row) => number | undefined): Series[] {
  return runs.flatMap((run): Series[] => {
    const points = run.rows.flatMap((row) => {
      const value = row.kind === 'train' ? pick(row) : undefined;
      return value === undefined ? [] : [[row.step, value] as const];
    });
    return points.length === 0 ? [] : [{ label: run.label, color: run.color, ...thin(points) }];
  });
}

function thin(points: readonly (readonly [number, number])[]): { x: number[]; y: number[] } {
  const size = Math.ceil(points.length / MOST_POINTS);
  const x: number[] = [];
  const y: number[] = [];
  for (let i = 0; i < points.length; i += size) {
    const part = points.slice(i, i + size);
    x.push(part.at(-1)![0]);
    y.push(rounded(part.reduce((sum, p) => sum + p[1], 0) / part.length));
  }
  return { x, y };
}

/** Six digits are more than a pixel shows. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

/** A logarithmic axis where the values spread over more than a factor of 30 and none is zero. */
function wantsLog(series: readonly Series[]): boolean {
  const values = series.flatMap((s) => s.y).filter((v) => v !== null);
  if (values.length === 0 || values.some((v) => v <= 0)) return false;
  return Math.max(...values) / Math.min(...values) > 30;
}

/** None where there is one evaluation: a point is no curve, and the table above has it. */
function apCharts(runs: readonly ReportRun[], marks: Chart['marks']): Chart[] {
  const variants = ['AP', 'AP50', 'AP75'].map((metric) => ({
    name: metric,
    series: runs.flatMap((run) =>
      run.networks.flatMap((network, i) => evalSeries(run, network, metric, NETWORK_DASHES[i % NETWORK_DASHES.length])),
    ),
  }));
  const any = variants.filter((v) => v.series.length > 0);
  const steps = any.flatMap((v) => v.series.flatMap((s) => s.x));
  const [first, last] = [Math.min(...steps), Math.max(...steps)];
  if (steps.length === 0 || first === last) return [];
  const pad = 0.02 * (last - first);
  return [
    chart({
      id: 'ap',
      title: 'AP on the validation images',
      note: 'COCO’s metric, in percent',
      yLabel: '%',
      marks,
      variants: any,
      xRange: [first - pad, last + pad],
    }),
  ];
}

/** What the lines of a run's networks look like: the first is solid. */
function networksText(runs: readonly ReportRun[]): string {
  const isPair = ({ networks }: ReportRun) =>
    networks.length === 2 && networks[0]!.role === 'averaged' && networks[1]!.role === 'trained';
  return runs.every(isPair)
    ? 'Solid: the averaged weights (SED’s teacher, the supervised run’s EMA). Dashed: the weights that the optimiser moves.'
    : 'A run’s networks have its colour: the first is solid, averaged weights come before those that an optimiser moves.';
}

function evalSeries(
  run: ReportRun,
  { name, label }: RunNetwork,
  metric: string,
  dash: readonly number[] | undefined,
): Series[] {
  const points = run.rows.flatMap((row) => {
    const value = row.kind === 'eval' && row['model'] === name ? numberAt(row, 'metrics', metric) : undefined;
    return value === undefined || value < 0 ? [] : [[row.step, rounded(100 * value)] as const];
  });
  if (points.length === 0) return [];
  const line = {
    label: `${run.label} · ${label}`,
    color: run.color,
    x: points.map((p) => p[0]),
    y: points.map((p) => p[1]),
  };
  return [dash ? { ...line, dash } : line];
}

function pseudoCharts(runs: readonly ReportRun[], marks: Chart['marks']): Chart[] {
  const rowsOf = (run: ReportRun) =>
    run.rows.filter((r) => r.kind === 'pseudo' && numbersOf(r['thresholds']).length > 0);
  const thresholds = [...new Set(runs.flatMap((run) => rowsOf(run).flatMap((r) => numbersOf(r['thresholds']))))].sort(
    (a, b) => a - b,
  );
  if (thresholds.length === 0) return [];
  // The middle one first: the switch's first choice is what the reader sees.
  const shown = pickThresholds(thresholds);
  const over = (iou: 50 | 90): Variant[] =>
    shown.map((t) => ({
      name: `≥ ${t}`,
      series: runs.flatMap((run) =>
        (['precision', 'recall'] as const).flatMap((what): Series[] => {
          const x: number[] = [];
          const y: (number | null)[] = [];
          for (const row of rowsOf(run)) {
            const value = at(row, `${what}${iou}`, t);
            if (value === undefined) continue;
            x.push(row.step);
            y.push(value);
          }
          if (x.length === 0) return [];
          return [
            { label: `${run.label} · ${what}`, color: run.color, x, y, ...(what === 'recall' ? { dash: DASHED } : {}) },
          ];
        }),
      ),
    }));
  const last = (iou: 50 | 90): Series[] =>
    runs.flatMap((run) => {
      const row = rowsOf(run).at(-1);
      if (row === undefined) return [];
      const x = numbersOf(row['thresholds']);
      return (['precision', 'recall'] as const).map((what) => ({
        label: `${run.label} · ${what}`,
        color: run.color,
        x,
        y: x.map((t) => at(row, `${what}${iou}`, t) ?? null),
        ...(what === 'recall' ? { dash: DASHED } : {}),
      }));
    });
  const common = { yLabel: 'precision, recall', fromZero: true, top: 1 };
  const note = 'precision solid, recall dashed';
  const chosen = `${note}; score`;
  return [
    chart({ ...common, id: 'pseudo50', title: 'over the run, IoU ≥ 0.5', note: chosen, marks, variants: over(50) }),
    chart({ ...common, id: 'pseudo90', title: 'over the run, IoU ≥ 0.9', note: chosen, marks, variants: over(90) }),
    chart({
      ...common,
      id: 'pseudo-threshold50',
      title: 'against the score, IoU ≥ 0.5',
      note: 'at the end',
      xLabel: 'score threshold',
      variants: [{ name: '', series: last(50) }],
    }),
    chart({
      ...common,
      id: 'pseudo-threshold90',
      title: 'against the score, IoU ≥ 0.9',
      note: 'at the end',
      xLabel: 'score threshold',
      variants: [{ name: '', series: last(90) }],
    }),
  ];
}

/** At most four thresholds, those nearest to .5, .7, .3 and .9. */
function pickThresholds(thresholds: readonly number[]): number[] {
  const nearest = (to: number) => thresholds.reduce((a, b) => (Math.abs(b - to) < Math.abs(a - to) ? b : a));
  return [...new Set([0.5, 0.7, 0.3, 0.9].map(nearest))];
}

/** The value of a field that runs along with `thresholds`; undefined where it is null (no detection reaches the score). */
function at(row: Row, field: string, threshold: number): number | undefined {
  const values = row[field];
  const i = numbersOf(row['thresholds']).indexOf(threshold);
  const value: unknown = Array.isArray(values) && i >= 0 ? values[i] : undefined;
  return typeof value === 'number' && value >= 0 ? rounded(value) : undefined;
}

function lossNames(runs: readonly ReportRun[]): string[] {
  const names = new Set<string>();
  for (const run of runs) {
    for (const row of run.rows) {
      if (row.kind === 'train' && typeof row['losses'] === 'object' && row['losses'] !== null) {
        for (const name of Object.keys(row['losses'])) names.add(name);
      }
    }
  }
  const order = ['supervised', 'distillation', 'scale'];
  const rank = (name: string) => (order.indexOf(name.split('.')[0]!) + order.length + 1) % (order.length + 1);
  return [...names].sort((a, b) => rank(a) - rank(b));
}

function lossTitle(name: string): string {
  return name
    .split('.')
    .join(' · ')
    .replace('rpnBoxRegression', 'RPN box regression')
    .replace('boxRegression', 'box regression');
}

/** What a loss of ours is; of another's we know the name alone. */
function lossNote(name: string): string {
  const { group, term } = /^(?<group>\w+)\..*?(?<term>\w+)$/.exec(name)?.groups ?? {};
  if (group === 'supervised') return 'on labeled images';
  const isRegression = term === 'regression';
  if (!isRegression && term !== 'classification') return '';
  if (group === 'distillation') return isRegression ? 'Eq 3, ‖R‖² term' : 'Eq 3, KL from the teacher';
  if (group === 'scale') return isRegression ? 'Eq 2, ‖R‖² term' : 'Eq 2, both KL directions';
  return '';
}

function burnInMarks(runs: readonly ReportRun[]): { x: number; label: string }[] {
  const steps = new Set(runs.filter((r) => r.method !== BASELINE).flatMap((r) => (r.burnIn ? [r.burnIn] : [])));
  return [...steps].map((x) => ({ x, label: 'burn-in ends' }));
}
