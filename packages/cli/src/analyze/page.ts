/** The page of an analysis: one HTML text that needs nothing else. */
import { PAGE_FIGURE_STYLE, figureCard, type Figure } from '../data/stats/svg.ts';
import { renderDocument } from '../page/document.ts';
import { escapeHtml } from '../page/html.ts';
import { scrolling } from '../page/table.ts';
import { termsUsed } from '../page/terms.ts';

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
`;

export function renderAnalysisPage({ title, headline, facts, sections, foot }: AnalysisPage): string {
  const text = escapeHtml;
  return renderDocument({
    title,
    generator: 'analyze',
    kicker: title,
    headline,
    styles: [PAGE_FIGURE_STYLE, OWN],
    body: `<dl class="facts">${facts.map(([k, v]) => `<dt>${text(k)}</dt><dd>${text(v)}</dd>`).join('')}</dl>
${sections.map(section).join('\n')}`,
    foot,
  });
}

function section({ title, lead, figures, tables = [] }: PageSection): string {
  const head = `<h2>${escapeHtml(title)}</h2>
<p class="lead">${escapeHtml(lead)}</p>`;
  return `<section>${head}
${termsUsed(head)}${figures.map(figureCard).join('')}
${tables.map((one) => table(title, one)).join('')}</section>`;
}

function table(title: string, { head, rows }: PageTable): string {
  const row = (cells: readonly string[], tag: 'th' | 'td') =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  return scrolling(
    title,
    `<table><thead>${row(head, 'th')}</thead><tbody>${rows.map((r) => row(r, 'td')).join('')}</tbody></table>`,
  );
}
