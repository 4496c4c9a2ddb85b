/** The page of an analysis: one HTML text that needs nothing else. */
import { FIGURE_STYLE, svgInline, type Figure } from '../data/stats/svg.ts';
import { escapeHtml } from '../report/html.ts';
import { STYLE } from '../report/style.ts';

export interface PageTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface PageSection {
  readonly title: string;
  /** Plain text: what is shown and how to read it. */
  readonly lead: string;
  readonly figures: readonly Figure[];
  readonly tables?: readonly PageTable[];
}

export interface AnalysisPage {
  /** What it is, in a few words. */
  readonly title: string;
  /** What was found, in a sentence. */
  readonly headline: string;
  /** What was looked at. */
  readonly facts: readonly (readonly [string, string])[];
  readonly sections: readonly PageSection[];
  readonly foot: string;
}

const OWN = `
.fig{display:block;width:100%;height:auto;margin:0 auto}
.card .fig .paper{fill:none}
.card+.card,.scroll{margin-top:12px}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:14px 0 0;font-size:14px}
.facts dt{color:var(--soft)}.facts dd{margin:0;overflow-wrap:anywhere}
td{font-variant-numeric:tabular-nums}
footer{margin-top:40px;color:var(--soft);font-size:13px}
`;

export function renderAnalysisPage({ title, headline, facts, sections, foot }: AnalysisPage): string {
  const text = escapeHtml;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="generator" content="sed-cli analyze">
<title>${text(title)}</title>
<style>${STYLE}${FIGURE_STYLE}${OWN}</style>
</head>
<body>
<main>
<h1>${text(title)}</h1>
<p class="headline">${text(headline)}</p>
<dl class="facts">${facts.map(([k, v]) => `<dt>${text(k)}</dt><dd>${text(v)}</dd>`).join('')}</dl>
${sections.map(section).join('\n')}
<footer>${text(foot)}</footer>
</main>
</body>
</html>
`;
}

function section({ title, lead, figures, tables = [] }: PageSection): string {
  return `<section><h2>${escapeHtml(title)}</h2>
<p class="lead">${escapeHtml(lead)}</p>
${figures.map((figure) => `<figure class="card">${svgInline(figure)}</figure>`).join('')}
${tables.map(table).join('')}</section>`;
}

function table({ head, rows }: PageTable): string {
  const row = (cells: readonly string[], tag: 'th' | 'td') =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  return `<div class="scroll"><table><thead>${row(head, 'th')}</thead><tbody>${rows.map((r) => row(r, 'td')).join('')}</tbody></table></div>`;
}
