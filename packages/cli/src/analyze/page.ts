/** The page of an analysis: one HTML text that needs nothing else. */
import { PAGE_FIGURE_STYLE, figureCard, type Figure } from '../data/stats/svg.ts';
import { renderDocument } from '../page/document.ts';
import { html, joined, type Html } from '../page/html.ts';
import { renderSection } from '../page/section.ts';
import { definitions, scrolling } from '../page/table.ts';

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
  return renderDocument({
    title,
    generator: 'analyze',
    kicker: title,
    headline,
    styles: [PAGE_FIGURE_STYLE, OWN],
    body: html`${definitions(facts, 'facts')}
${joined(sections.map(section), '\n')}`,
    foot,
  });
}

function section({ title, lead, figures, tables = [] }: PageSection): Html {
  const content = html`${figures.map(figureCard)}
${tables.map((one) => table(title, one))}`;
  return renderSection({ title, lead, content, explain: 'title and lead' });
}

function table(title: string, { head, rows }: PageTable): Html {
  const heads = head.map((cell) => html`<th>${cell}</th>`);
  const lines = rows.map((cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`);
  return scrolling(title, html`<table><thead><tr>${heads}</tr></thead><tbody>${lines}</tbody></table>`);
}
