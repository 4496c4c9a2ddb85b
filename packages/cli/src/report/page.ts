import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { withoutStep } from '../train/display.ts';
import { duration, percent, short } from '../ui/text.ts';
import { charts, type Chart } from './charts.ts';
import { CLIENT } from './client.ts';
import { histogramSection } from './histogram.ts';
import { escapeHtml, scriptJson } from './html.ts';
import { picturesSection, type PictureSet } from './pictures.ts';
import { averagedName, methodName, rawName, type FinalMetrics, type ReportRun } from './runs.ts';
import { configDifferences } from './settings.ts';
import { STYLE } from './style.ts';
import { judged, verdict } from './verdict.ts';

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
    finalTable(runs),
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
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="generator" content="sed-cli report">
<title>${escapeHtml(headline)}</title>
<style>${uplot.css}${STYLE}</style>
</head>
<body>
<main>
<header><div><h1>Scale-equivalent distillation: ${runs.length === 1 ? 'a run' : `${runs.length} runs`}</h1>
<p class="headline">${escapeHtml(headline)}</p></div><button type="button" id="theme" title="light or dark">◐</button></header>
<ul class="notes">${notes.map((n) => `<li>${escapeHtml(n)}</li>`).join('')}</ul>
<nav>${links.join('')}</nav>
${body.join('\n')}
<footer>${escapeHtml(input.made)}</footer>
</main>
<script type="application/json" id="charts">${scriptJson(sections.flatMap((s) => s.charts))}</script>
<script>${uplot.script}</script>
<script>${CLIENT}</script>
</body>
</html>
`;
}

/** uPlot's own build, read from the package: the version in the lockfile is the version in the page. */
function uplotAssets(): { script: string; css: string } {
  const dist = join(dirname(createRequire(import.meta.url).resolve('uplot/package.json')), 'dist');
  return {
    script: readFileSync(join(dist, 'uPlot.iife.min.js'), 'utf8').replaceAll('</script', '<\\/script'),
    css: readFileSync(join(dist, 'uPlot.min.css'), 'utf8'),
  };
}

function tiles(runs: readonly ReportRun[]): string {
  const tile = (run: ReportRun) => {
    const metrics = judged(run)?.metrics ?? {};
    const facts: [string, string | undefined][] = [
      ['AP50', percent(metrics['AP50'])],
      ['AP75', percent(metrics['AP75'])],
      [
        'iterations',
        run.finished || run.iterations === undefined ? String(run.lastStep) : `${run.lastStep} of ${run.iterations}`,
      ],
      ['burn-in', run.burnIn === undefined ? undefined : String(run.burnIn)],
      ['fold, seed', `${run.fold ?? '–'}, ${run.seed ?? '–'}`],
      ['a step', run.secondsPerStep === undefined ? undefined : `${short(run.secondsPerStep)} s`],
      ['training time', trainingTime(run)],
    ];
    const rows = facts.flatMap(([k, v]) => (v === undefined ? [] : [`<dt>${k}</dt><dd>${escapeHtml(v)}</dd>`]));
    const model = run.teacher ? averagedName(run) : rawName(run);
    return `<div class="card tile" style="--c:light-dark(${run.color[0]},${run.color[1]})"><div class="name">${escapeHtml(run.label)}</div>
<div class="note">${escapeHtml(methodName(run.method))}${run.finished ? '' : ' · not finished'}</div>
<div class="big">${percent(metrics['AP'])} <small>AP, ${escapeHtml(model)}</small></div><dl>${rows.join('')}</dl></div>`;
  };
  return `<div class="tiles">${runs.map(tile).join('')}</div>`;
}

function trainingTime(run: ReportRun): string | undefined {
  const done = run.rows.filter((r) => r.kind === 'done').at(-1)?.['seconds'];
  return typeof done === 'number' ? duration(done) : undefined;
}

const METRICS = ['AP', 'AP50', 'AP75', 'APs', 'APm', 'APl', 'AR1', 'AR10', 'AR100', 'ARs', 'ARm', 'ARl'];

function finalTable(runs: readonly ReportRun[]): string {
  const rows = runs.flatMap((run) => {
    const of = (metrics: FinalMetrics | undefined, name: string) => (metrics ? [{ run, name, metrics }] : []);
    return [...of(run.teacher, averagedName(run)), ...of(run.student, rawName(run))];
  });
  if (rows.length === 0) return '';
  const best = METRICS.map((m) => Math.max(...rows.map((r) => r.metrics.metrics[m] ?? -1)));
  const shown = METRICS.filter((m) => rows.some((r) => (r.metrics.metrics[m] ?? -1) >= 0));
  const cells = (metrics: FinalMetrics) =>
    shown.map((m) => {
      const value = metrics.metrics[m];
      const isBest =
        rows.length > 1 && value !== undefined && value >= 0 && percent(value) === percent(best[METRICS.indexOf(m)]);
      return `<td${isBest ? ' class="best"' : ''}>${percent(value)}</td>`;
    });
  const lines = rows.map(
    (r) =>
      `<tr><td>${escapeHtml(r.run.label)} · ${r.name}</td><td>${r.metrics.step}</td>${cells(r.metrics).join('')}</tr>`,
  );
  return `<section id="final"><h2>Final metrics</h2><p class="lead">COCO’s twelve numbers in percent, of the last evaluation; small, medium and large are areas below 32², up to 96² and above, in pixels of the image file.</p>
<div class="scroll"><table><thead><tr><th>model</th><th>iteration</th>${shown.map((m) => `<th>${m}</th>`).join('')}</tr></thead><tbody>${lines.join('')}</tbody></table></div></section>`;
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
  return `<section id="warnings"><h2>Warnings</h2><ul class="warnings">${items.join('')}</ul></section>`;
}

function chartSection(section: { title: string; text: string; charts: readonly Chart[] }): string {
  const id = section.title.toLowerCase().replace(/[^a-z]+/g, '-');
  const cards = section.charts.map((chart) => {
    const choice =
      chart.variants.length < 2
        ? ''
        : `<span class="switch" data-chart="${escapeHtml(chart.id)}">${chart.variants.map((v, i) => `<button type="button" aria-pressed="${i === 0}">${escapeHtml(v.name)}</button>`).join('')}</span>`;
    return `<div class="card"><div class="chart-head"><span><b>${escapeHtml(chart.title)}</b> <span class="note">${escapeHtml(chart.note)}</span></span>${choice}</div><div class="plot" id="chart-${escapeHtml(chart.id)}"></div></div>`;
  });
  const lead = section.text === '' ? '' : `<p class="lead">${escapeHtml(section.text)}</p>`;
  return `<section id="${id}"><h2>${escapeHtml(section.title)}</h2>${lead}<div class="charts${section.charts.length === 1 ? ' wide' : section.charts.length === 4 ? ' two' : ''}">${cards.join('')}</div></section>`;
}

function perClassTable(runs: readonly ReportRun[]): string {
  const columns = runs.flatMap((run) => {
    const metrics = judged(run);
    return metrics && metrics.perClass.length > 0 ? [{ run, values: new Map(metrics.perClass) }] : [];
  });
  if (columns.length === 0) return '';
  const names = [...new Set(columns.flatMap((c) => [...c.values.keys()]))];
  const lines = names.map((name) => {
    const best = Math.max(...columns.map((c) => c.values.get(name) ?? -1));
    const cells = columns.map((c) => {
      const value = c.values.get(name);
      return `<td${columns.length > 1 && value === best && best >= 0 ? ' class="best"' : ''}>${percent(value)}</td>`;
    });
    return `<tr><td>${escapeHtml(name)}</td>${cells.join('')}</tr>`;
  });
  const heads = columns.map(
    (c) => `<th>${escapeHtml(c.run.label)} · ${c.run.teacher ? averagedName(c.run) : rawName(c.run)}</th>`,
  );
  return `<section id="classes"><h2>AP by class</h2><div class="scroll"><table><thead><tr><th>class</th>${heads.join('')}</tr></thead><tbody>${lines.join('')}</tbody></table></div></section>`;
}

function settings(runs: readonly ReportRun[]): string {
  const differences = runs.length > 1 ? configDifferences(runs) : [];
  const heads = runs.map((r) => `<th class="text">${escapeHtml(r.label)}</th>`).join('');
  const lines = differences.map(
    (d) =>
      `<tr><td class="text">${escapeHtml(d.path)}</td>${d.values.map((v) => `<td class="text">${v === undefined ? '–' : escapeHtml(v)}</td>`).join('')}</tr>`,
  );
  const compared =
    runs.length < 2
      ? ''
      : differences.length === 0
        ? '<p class="lead">The runs have the same settings.</p>'
        : `<p class="lead">What differs between the runs:</p><div class="scroll"><table><thead><tr><th class="text">setting</th>${heads}</tr></thead><tbody>${lines.join('')}</tbody></table></div>`;
  const whole = runs.map(
    (r) =>
      `<details><summary>config.json of ${escapeHtml(r.label)}</summary><pre>${escapeHtml(JSON.stringify(r.config, null, 2))}</pre></details>`,
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
      v === undefined || v === '' ? [] : [`<tr><td>${k}</td><td class="text">${escapeHtml(String(v))}</td></tr>`],
    );
    const notes = Array.isArray(start['notes'])
      ? start['notes'].map((n) => `<li>${escapeHtml(String(n))}</li>`).join('')
      : '';
    return [
      `<h3>${escapeHtml(run.label)}</h3><div class="scroll"><table><tbody>${rows.join('')}</tbody></table></div>${notes === '' ? '' : `<ul class="notes">${notes}</ul>`}`,
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
