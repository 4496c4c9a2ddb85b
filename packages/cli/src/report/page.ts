import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { renderDocument } from '../page/document.ts';
import { escapeHtml } from '../page/html.ts';
import { breakable, scrolling } from '../page/table.ts';
import { metricName, termsUsed } from '../page/terms.ts';
import { withoutStep } from '../train/display.ts';
import { duration, percent, short } from '../ui/text.ts';
import { charts, type Chart } from './charts.ts';
import { CLIENT } from './client.ts';
import { histogramSection } from './histogram.ts';
import { picturesSection, type PictureSet } from './pictures.ts';
import { averagedName, methodName, rawName, type Evaluation, type Evaluations, type ReportRun } from './runs.ts';
import { section } from './section.ts';
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
  const sections = charts(runs);
  const body = [
    tiles(runs),
    evaluationsTable(runs),
    warnings(runs),
    ...sections.map(chartSection),
    histogramSection(runs),
    picturesSection(runs, input.pictures, input.jpegs, input.missing),
    perClassTable(runs),
    settings(runs),
    environment(runs),
  ].filter((s) => s !== '');
  const links = body.flatMap((html) => {
    const found = /^<section id="([^"]+)"><h2>([^<]+)<\/h2>/.exec(html);
    return found ? [`<a href="#${found[1]}">${found[2]}</a>`] : [];
  });
  const uplot = uplotAssets();
  const reasons = `<ul class="notes">${notes.map((n) => `<li>${escapeHtml(n)}</li>`).join('')}</ul>`;
  return renderDocument({
    title: headline,
    generator: 'report',
    kicker: `Scale-equivalent distillation: ${runs.length === 1 ? 'a run' : `${runs.length} runs`}`,
    headline,
    styles: [uplot.css, CHART_STYLE],
    body: `${reasons}
${termsUsed(escapeHtml(headline) + reasons)}
<nav aria-label="sections">${links.join('')}</nav>
${body.join('\n')}`,
    foot: input.made,
    data: { charts: sections.flatMap((s) => s.charts) },
    scripts: [uplot.script, CLIENT],
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

function tiles(runs: readonly ReportRun[]): string {
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
      v === undefined ? [] : [`<dt>${METRICS.includes(k) ? metricName(k) : k}</dt><dd>${escapeHtml(v)}</dd>`],
    );
    const state = run.stoppedEarly !== undefined ? ' · stopped early' : run.finished ? '' : ' · not finished';
    return `<div class="card tile" style="--c:light-dark(${run.color[0]},${run.color[1]})"><div class="name">${escapeHtml(run.label)}</div>
<div class="note">${escapeHtml(methodName(run.method))}${state}</div>
<div class="big">${percent(best?.ap)} <small>AP, best of ${escapeHtml(best?.model ?? 'none')}</small></div><dl>${rows.join('')}</dl></div>`;
  };
  return `<div class="tiles">${runs.map(tile).join('')}</div>`;
}

function trainingTime(run: ReportRun): string | undefined {
  const done = run.rows.filter((r) => r.kind === 'done').at(-1)?.['seconds'];
  return typeof done === 'number' ? duration(done) : undefined;
}

const METRICS = ['AP', 'AP50', 'AP75', 'APs', 'APm', 'APl', 'AR1', 'AR10', 'AR100', 'ARs', 'ARm', 'ARl'];

function evaluationsTable(runs: readonly ReportRun[]): string {
  const rows = runs.flatMap((run) => {
    const of = (
      evaluations: Evaluations | undefined,
      name: string,
    ): { label: string; which: string; one: Evaluation }[] => {
      if (evaluations === undefined) return [];
      const { best, last } = evaluations;
      const label = `${run.label} · ${name}`;
      if (best === last) return [{ label, which: 'best, last', one: last }];
      return [
        { label, which: 'best', one: best },
        { label, which: 'last', one: last },
      ];
    };
    return [...of(run.teacher, averagedName(run)), ...of(run.student, rawName(run))];
  });
  if (rows.length === 0) return '';
  const highest = METRICS.map((m) => Math.max(...rows.map((r) => r.one.metrics[m] ?? -1)));
  const shown = METRICS.filter((m) => rows.some((r) => (r.one.metrics[m] ?? -1) >= 0));
  const cells = (one: Evaluation) =>
    shown.map((m) => {
      const value = one.metrics[m];
      const isHighest =
        rows.length > 1 && value !== undefined && value >= 0 && percent(value) === percent(highest[METRICS.indexOf(m)]);
      return `<td${isHighest ? ' class="best"' : ''}>${percent(value)}</td>`;
    });
  const lines = rows.map(
    ({ label, which, one }) =>
      `<tr><th scope="row">${escapeHtml(label)}</th><td class="which">${which}</td><td>${one.step}</td>${cells(one).join('')}</tr>`,
  );
  const by = [...new Set(runs.map((run) => run.bestBy))].join(', ');
  return section(
    'final',
    'Best and last',
    `COCO’s twelve numbers in percent, of each model’s best evaluation by ${by} and of its last; small, medium and large are areas below 32², up to 96² and above, in pixels of the image file.`,
    scrolling(
      'best and last evaluations',
      `<table><thead><tr><th scope="col">model</th><th scope="col" class="which">evaluation</th><th scope="col">iteration</th>${shown.map((m) => `<th scope="col">${metricName(m)}</th>`).join('')}</tr></thead><tbody>${lines.join('')}</tbody></table>`,
    ),
  );
}

function warnings(runs: readonly ReportRun[]): string {
  const items = runs.flatMap((run) => [
    ...run.warnings.map(
      (w) =>
        `<li><b>${escapeHtml(run.label)}</b>, iteration ${w.step}: ${escapeHtml(withoutStep(String(w['message'] ?? w['code'] ?? '')))}</li>`,
    ),
    ...(run.damagedLines > 0
      ? [
          `<li><b>${escapeHtml(run.label)}</b>: ${run.damagedLines} line(s) of metrics.jsonl could not be read (a run that was killed leaves one).</li>`,
        ]
      : []),
  ]);
  if (items.length === 0) return '';
  return section('warnings', 'Warnings', '', `<ul class="warnings">${items.join('')}</ul>`);
}

function chartSection({
  title,
  text,
  charts: drawn,
}: {
  title: string;
  text: string;
  charts: readonly Chart[];
}): string {
  const id = title.toLowerCase().replace(/[^a-z]+/g, '-');
  const cards = drawn.map((chart) => {
    const choice =
      chart.variants.length < 2
        ? ''
        : `<span class="switch" role="group" aria-label="which values" data-chart="${escapeHtml(chart.id)}">${chart.variants.map((v, i) => `<button type="button" aria-pressed="${i === 0}">${escapeHtml(v.name)}</button>`).join('')}</span>`;
    return `<div class="card"><div class="chart-head"><span><b>${escapeHtml(chart.title)}</b> <span class="note">${escapeHtml(chart.note)}</span></span>${choice}</div><div class="plot" id="chart-${escapeHtml(chart.id)}"></div></div>`;
  });
  const layout = drawn.length === 1 ? ' wide' : drawn.length === 4 ? ' two' : '';
  return section(id, title, text, `<div class="charts${layout}">${cards.join('')}</div>`);
}

function perClassTable(runs: readonly ReportRun[]): string {
  const columns = runs.flatMap((run) => {
    const best = bestOf(run);
    return best && best.perClass.length > 0 ? [{ run, best, values: new Map(best.perClass) }] : [];
  });
  if (columns.length === 0) return '';
  const names = [...new Set(columns.flatMap((c) => [...c.values.keys()]))];
  const lines = names.map((name) => {
    const highest = Math.max(...columns.map((c) => c.values.get(name) ?? -1));
    const cells = columns.map((c) => {
      const value = c.values.get(name);
      return `<td${columns.length > 1 && value === highest && highest >= 0 ? ' class="best"' : ''}>${percent(value)}</td>`;
    });
    return `<tr><th scope="row">${escapeHtml(name)}</th>${cells.join('')}</tr>`;
  });
  const heads = columns.map(
    ({ run, best }) => `<th scope="col">${escapeHtml(run.label)} · ${best.model}, iteration ${best.step}</th>`,
  );
  return section(
    'classes',
    'AP by class',
    'Of each run’s better model at its best evaluation.',
    scrolling(
      'AP by class',
      `<table><thead><tr><th scope="col">class</th>${heads.join('')}</tr></thead><tbody>${lines.join('')}</tbody></table>`,
    ),
  );
}

/** Settings that set nothing. */
const REMARKS = ['description', '$comment'];

function settings(runs: readonly ReportRun[]): string {
  const differences = runs.length > 1 ? configDifferences(runs).filter((d) => !REMARKS.includes(d.path)) : [];
  const heads = runs.map((r) => `<th scope="col" class="text">${escapeHtml(r.label)}</th>`).join('');
  const lines = differences.map(
    (d) =>
      `<tr><th scope="row" class="text">${breakable(d.path)}</th>${d.values.map((v) => `<td class="text">${v === undefined ? '–' : breakable(v)}</td>`).join('')}</tr>`,
  );
  const compared =
    runs.length < 2
      ? ''
      : differences.length === 0
        ? '<p class="lead">The runs have the same settings.</p>'
        : `<p class="lead">What differs between the runs:</p>${scrolling(
            'settings that differ',
            `<table><thead><tr><th scope="col" class="text">setting</th>${heads}</tr></thead><tbody>${lines.join('')}</tbody></table>`,
          )}`;
  const whole = runs.map(
    (r) =>
      `<details><summary>config.json of ${escapeHtml(r.label)}</summary><pre tabindex="0">${escapeHtml(JSON.stringify(r.config, null, 2))}</pre></details>`,
  );
  return `<section id="settings"><h2>Settings</h2>${compared}${whole.join('')}</section>`;
}

function environment(runs: readonly ReportRun[]): string {
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
          .map((r) => `at iteration ${r.step}, ${String(r['date'] ?? '')}`)
          .join('; '),
      ],
      ['backend', start['backend']],
      ['seed', start['seed']],
      ['images', pairs(start['images'])],
      ['left out as faulty', leftOut(start['leftOut'])],
      ['classes', Array.isArray(start['classes']) ? start['classes'].join(', ') : undefined],
      ['versions', pairs(start['versions'])],
    ];
    const rows = facts.flatMap(([k, v]) =>
      v === undefined || v === ''
        ? []
        : [`<tr><th scope="row">${k}</th><td class="text">${breakable(String(v))}</td></tr>`],
    );
    const notes = Array.isArray(start['notes'])
      ? start['notes'].map((n) => `<li>${escapeHtml(String(n))}</li>`).join('')
      : '';
    return [
      `<h3>${escapeHtml(run.label)}</h3>${scrolling(`environment of ${run.label}`, `<table><tbody>${rows.join('')}</tbody></table>`)}${notes === '' ? '' : `<ul class="notes">${notes}</ul>`}`,
    ];
  });
  return cards.length === 0 ? '' : `<section id="environment"><h2>Environment</h2>${cards.join('')}</section>`;
}

/** `12 images, 3 annotations (2 × boxes of no size, …)`, of a start row's `leftOut`. */
function leftOut(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { faults, ...counts } = value as Record<string, unknown>;
  const list = (pair: (name: string, n: unknown) => string, of: object) =>
    Object.entries(of)
      .filter(([, n]) => n !== 0)
      .map(([name, n]) => pair(name, n))
      .join(', ');
  const found =
    typeof faults === 'object' && faults !== null ? list((kind, n) => `${String(n)} × ${kind}`, faults) : '';
  return `${list((what, n) => `${String(n)} ${what}`, counts) || 'nothing'}${found === '' ? '' : ` (${found})`}`;
}

function pairs(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value)
    .map(([k, v]) => `${k} ${String(v)}`)
    .join(', ');
}
