import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { renderDocument } from '../page/document.ts';
import { attributes, html, joined, type Html } from '../page/html.ts';
import { REPORT } from '../page/scripts.generated.ts';
import { renderSection, type Section } from '../page/section.ts';
import { breakable, definitions, scrolling } from '../page/table.ts';
import { metricName, termsUsed } from '../page/terms.ts';
import { methodLabel } from '../runs/networks.ts';
import { withoutStep } from '../train/display.ts';
import { duration, percent, short } from '../ui/text.ts';
import type { Chart } from '../client/chart.ts';
import { charts, type ChartSection } from './charts.ts';
import { histogramSection } from './histogram.ts';
import { picturesSection, type PictureSet } from './pictures.ts';
import { plainText } from './run-folder.ts';
import type { Evaluation, ReportRun } from './runs.ts';
import { configDifferences } from './settings.ts';
import { CHART_STYLE } from './style.ts';
import { bestOf, verdict } from './verdict.ts';

export interface PageInput {
  readonly runs: readonly ReportRun[];
  /** Pictures by run folder. */
  readonly pictures: ReadonlyMap<string, PictureSet>;
  /** Base64 JPEGs by image path. */
  readonly jpegs: ReadonlyMap<string, string>;
  /** Why a run has no pictures, by label. */
  readonly missing: ReadonlyMap<string, string>;
  /** What the foot of the page says, e.g. the command and the version. */
  readonly made: string;
}

/** The whole page: one HTML text that needs nothing else, from any folder and without a network. */
export function renderPage(input: PageInput): string {
  const { runs } = input;
  const { headline, notes } = verdict(runs);
  const drawn = charts(runs);
  const sections = [
    evaluationsTable(runs),
    warnings(runs),
    ...drawn.map(chartSection),
    histogramSection(runs),
    picturesSection(runs, input.pictures, input.jpegs, input.missing),
    perClassTable(runs),
    settings(runs),
    environment(runs),
  ].filter((one) => one !== undefined);
  const links = sections.map(({ id, title }) => html`<a href="#${id}">${title}</a>`);
  const uplot = uplotAssets();
  const reasons = html`<ul class="notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>`;
  return renderDocument({
    title: headline,
    generator: 'report',
    kicker: `Scale-equivalent distillation: ${runs.length === 1 ? 'a run' : `${runs.length} runs`}`,
    headline,
    styles: [uplot.css, CHART_STYLE],
    body: html`${reasons}
${termsUsed(html`${headline}${reasons}`)}
<nav aria-label="sections">${links}</nav>
${joined([tiles(runs), ...sections.map(renderSection)], '\n')}`,
    foot: input.made,
    data: { charts: drawn.flatMap((s) => s.charts) },
    scripts: [uplot.script, REPORT],
  });
}

/** uPlot's own build, read from the package: the version in the lockfile is the version in the page. */
function uplotAssets(): { script: string; css: string } {
  const dist = join(dirname(createRequire(import.meta.url).resolve('uplot/package.json')), 'dist');
  return {
    script: readFileSync(join(dist, 'uPlot.iife.min.js'), 'utf8'),
    css: readFileSync(join(dist, 'uPlot.min.css'), 'utf8'),
  };
}

function tiles(runs: readonly ReportRun[]): Html {
  const tile = (run: ReportRun) => {
    const best = bestOf(run);
    const facts: [string, string | undefined][] = [
      ['AP50', percent(best?.metrics['AP50'])],
      ['AP75', percent(best?.metrics['AP75'])],
      ['at iteration', best === undefined ? undefined : String(best.step)],
      [
        'iterations',
        run.finished || run.iterations === undefined ? String(run.lastStep) : `${run.lastStep} of ${run.iterations}`,
      ],
      ['burn-in', run.burnIn === undefined ? undefined : String(run.burnIn)],
      ['fold, seed', `${run.fold ?? '–'}, ${run.seed ?? '–'}`],
      ['a step', run.secondsPerStep === undefined ? undefined : `${short(run.secondsPerStep)} s`],
      ['training time', trainingTime(run)],
    ];
    const rows = facts.flatMap(([k, v]) =>
      v === undefined ? [] : [[METRICS.includes(k) ? metricName(k) : k, v] as const],
    );
    const state = run.stoppedEarly !== undefined ? ' · stopped early' : run.finished ? '' : ' · not finished';
    return html`<div class="card tile" style="--c:light-dark(${run.color[0]},${run.color[1]})"><div class="name">${run.label}</div>
<div class="note">${methodLabel(run.method)}${state}</div>
<div class="big">${percent(best?.ap)} <small>AP, best of ${best?.model ?? 'none'}</small></div>${definitions(rows)}</div>`;
  };
  return html`<div class="tiles">${runs.map(tile)}</div>`;
}

function trainingTime(run: ReportRun): string | undefined {
  const done = run.rows.filter((r) => r.kind === 'done').at(-1)?.['seconds'];
  return typeof done === 'number' ? duration(done) : undefined;
}

const METRICS = ['AP', 'AP50', 'AP75', 'APs', 'APm', 'APl', 'AR1', 'AR10', 'AR100', 'ARs', 'ARm', 'ARl'];

function evaluationsTable(runs: readonly ReportRun[]): Section | undefined {
  const rows = runs.flatMap((run) =>
    run.networks.flatMap(({ label: name, evaluations }): { label: string; which: string; one: Evaluation }[] => {
      if (evaluations === undefined) return [];
      const { best, last } = evaluations;
      const label = `${run.label} · ${name}`;
      if (best === last) return [{ label, which: 'best, last', one: last }];
      return [
        { label, which: 'best', one: best },
        { label, which: 'last', one: last },
      ];
    }),
  );
  if (rows.length === 0) return undefined;
  const highest = METRICS.map((m) => Math.max(...rows.map((r) => r.one.metrics[m] ?? -1)));
  const shown = METRICS.filter((m) => rows.some((r) => (r.one.metrics[m] ?? -1) >= 0));
  const cells = (one: Evaluation) =>
    shown.map((m) => {
      const value = one.metrics[m];
      const isHighest =
        rows.length > 1 && value !== undefined && value >= 0 && percent(value) === percent(highest[METRICS.indexOf(m)]);
      return numberCell(value, isHighest);
    });
  const lines = rows.map(
    ({ label, which, one }) =>
      html`<tr><th scope="row">${label}</th><td class="which">${which}</td><td>${one.step}</td>${cells(one)}</tr>`,
  );
  const heads = shown.map((m) => html`<th scope="col">${metricName(m)}</th>`);
  const by = [...new Set(runs.map((run) => run.bestBy))].join(', ');
  return {
    id: 'final',
    title: 'Best and last',
    lead: `COCO’s twelve numbers in percent, of each model’s best evaluation by ${by} and of its last; small, medium and large are areas below 32², up to 96² and above, in pixels of the image file.`,
    content: scrolling(
      'best and last evaluations',
      html`<table><thead><tr><th scope="col">model</th><th scope="col" class="which">evaluation</th><th scope="col">iteration</th>${heads}</tr></thead><tbody>${lines}</tbody></table>`,
    ),
    explain: 'all of it',
  };
}

const numberCell = (value: number | undefined, isHighest: boolean): Html =>
  html`<td${attributes({ class: isHighest ? 'best' : undefined })}>${percent(value)}</td>`;

function warnings(runs: readonly ReportRun[]): Section | undefined {
  const items = runs.flatMap((run) => [
    ...run.warnings.map(
      (w) =>
        html`<li><b>${run.label}</b>, iteration ${w.step}: ${withoutStep(plainText(w['message'] ?? w['code'] ?? ''))}</li>`,
    ),
    ...(run.damagedLines > 0
      ? [
          html`<li><b>${run.label}</b>: ${run.damagedLines} line(s) of metrics.jsonl could not be read (a run that was killed leaves one).</li>`,
        ]
      : []),
  ]);
  if (items.length === 0) return undefined;
  return { id: 'warnings', title: 'Warnings', content: html`<ul class="warnings">${items}</ul>`, explain: 'all of it' };
}

function chartSection({ title, text, charts: drawn }: ChartSection): Section {
  const cards = drawn.map(
    (chart) =>
      html`<div class="card"><div class="chart-head"><span><b>${chart.title}</b> <span class="note">${chart.note}</span></span>${variantSwitch(chart)}</div><div class="plot" id="chart-${chart.id}"></div></div>`,
  );
  const layout = drawn.length === 1 ? ' wide' : drawn.length === 4 ? ' two' : '';
  return {
    id: title.toLowerCase().replace(/[^a-z]+/g, '-'),
    title,
    lead: text,
    content: html`<div class="charts${layout}">${cards}</div>`,
    explain: 'all of it',
  };
}

function variantSwitch({ id, variants }: Chart): Html | undefined {
  if (variants.length < 2) return undefined;
  const buttons = variants.map(
    ({ name }, i) => html`<button type="button" aria-pressed="${String(i === 0)}">${name}</button>`,
  );
  return html`<span class="switch" role="group" aria-label="which values" data-chart="${id}">${buttons}</span>`;
}

function perClassTable(runs: readonly ReportRun[]): Section | undefined {
  const columns = runs.flatMap((run) => {
    const best = bestOf(run);
    return best && best.perClass.length > 0 ? [{ run, best, values: new Map(best.perClass) }] : [];
  });
  if (columns.length === 0) return undefined;
  const names = [...new Set(columns.flatMap((c) => [...c.values.keys()]))];
  const lines = names.map((name) => {
    const highest = Math.max(...columns.map((c) => c.values.get(name) ?? -1));
    const cells = columns.map((c) => {
      const value = c.values.get(name);
      return numberCell(value, columns.length > 1 && value === highest && highest >= 0);
    });
    return html`<tr><th scope="row">${name}</th>${cells}</tr>`;
  });
  const heads = columns.map(
    ({ run, best }) => html`<th scope="col">${run.label} · ${best.model}, iteration ${best.step}</th>`,
  );
  return {
    id: 'classes',
    title: 'AP by class',
    lead: 'Of each run’s better model at its best evaluation.',
    content: scrolling(
      'AP by class',
      html`<table><thead><tr><th scope="col">class</th>${heads}</tr></thead><tbody>${lines}</tbody></table>`,
    ),
    explain: 'all of it',
  };
}

/** Settings that set nothing. */
const REMARKS = ['description', '$comment'];

function settings(runs: readonly ReportRun[]): Section {
  const whole = runs.map(
    (r) =>
      html`<details><summary>config.json of ${r.label}</summary><pre tabindex="0">${JSON.stringify(r.config, null, 2)}</pre></details>`,
  );
  return {
    id: 'settings',
    title: 'Settings',
    content: html`${runs.length > 1 ? comparedSettings(runs) : undefined}${whole}`,
  };
}

function comparedSettings(runs: readonly ReportRun[]): Html {
  const differences = configDifferences(runs).filter((d) => !REMARKS.includes(d.path));
  if (differences.length === 0) return html`<p class="lead">The runs have the same settings.</p>`;
  const heads = runs.map((r) => html`<th scope="col" class="text">${r.label}</th>`);
  const lines = differences.map(({ path, values }) => {
    const cells = values.map((v) => html`<td class="text">${v === undefined ? '–' : breakable(v)}</td>`);
    return html`<tr><th scope="row" class="text">${breakable(path)}</th>${cells}</tr>`;
  });
  const table = html`<table><thead><tr><th scope="col" class="text">setting</th>${heads}</tr></thead><tbody>${lines}</tbody></table>`;
  return html`<p class="lead">What differs between the runs:</p>${scrolling('settings that differ', table)}`;
}

function environment(runs: readonly ReportRun[]): Section | undefined {
  const cards = runs.flatMap((run) => {
    const starts = run.rows.filter((r) => r.kind === 'start' || r.kind === 'resume');
    const start = starts[0];
    if (start === undefined) return [];
    const facts: [string, unknown][] = [
      ['folder', run.folder],
      ['started', start['date']],
      [
        'resumed',
        starts
          .filter((r) => r.kind === 'resume')
          .map((r) => `at iteration ${r.step}, ${plainText(r['date'] ?? '')}`)
          .join('; '),
      ],
      ['backend', start['backend']],
      ['seed', start['seed']],
      ['images', pairsText(start['images'])],
      ['left out as faulty', leftOutText(start['leftOut'])],
      ['classes', Array.isArray(start['classes']) ? start['classes'].join(', ') : undefined],
      ['versions', pairsText(start['versions'])],
    ];
    const rows = facts.flatMap(([name, value]) =>
      value === undefined || value === ''
        ? []
        : [html`<tr><th scope="row">${name}</th><td class="text">${breakable(plainText(value))}</td></tr>`],
    );
    const notes = Array.isArray(start['notes']) ? start['notes'].map((note) => html`<li>${plainText(note)}</li>`) : [];
    const table = scrolling(`environment of ${run.label}`, html`<table><tbody>${rows}</tbody></table>`);
    return [
      html`<h3>${run.label}</h3>${table}${notes.length === 0 ? undefined : html`<ul class="notes">${notes}</ul>`}`,
    ];
  });
  if (cards.length === 0) return undefined;
  return { id: 'environment', title: 'Environment', content: html`${cards}` };
}

/** `12 images, 3 annotations (2 × boxes of no size, …)`, of a start row's `leftOut`. */
function leftOutText(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { faults, ...counts } = value as Record<string, unknown>;
  const pairsOf = (pair: (name: string, n: unknown) => string, numbers: object) =>
    Object.entries(numbers)
      .filter(([, n]) => n !== 0)
      .map(([name, n]) => pair(name, n))
      .join(', ');
  const found =
    typeof faults === 'object' && faults !== null ? pairsOf((kind, n) => `${String(n)} × ${kind}`, faults) : '';
  return `${pairsOf((what, n) => `${String(n)} ${what}`, counts) || 'nothing'}${found === '' ? '' : ` (${found})`}`;
}

function pairsText(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value)
    .map(([k, v]) => `${k} ${String(v)}`)
    .join(', ');
}
