import { numbersOf } from './run-folder.ts';
import { html, type Html, type HtmlValue } from '../page/html.ts';
import type { Section } from '../page/section.ts';
import { sharesOf } from '../page/shares.ts';
import type { ReportRun } from './runs.ts';

/**
 * Fig 4 of the paper for a run: how many predictions have which gradient length g, and what each length contributes to
 * the gradient, with equal weights and with Eq 5's. Bars are drawn here, without a script.
 */
export function histogramSection(runs: readonly ReportRun[]): Section | undefined {
  const parts = runs.flatMap((run) => {
    const rows = run.rows.filter((r) => r.kind === 'train' && isHistogram(r['histogram']));
    if (rows.length === 0) return [];
    const shown = [...new Set([rows[0]!, rows[rows.length >> 1]!, rows.at(-1)!])];
    const counts = shown.map((row) => ({ step: row.step, counts: numbersOf(row['histogram']) }));
    const most = Math.max(...counts.flatMap((c) => c.counts));
    const figures = counts.map((c) => countsFigure(`iteration ${c.step}`, c.counts, most));
    return [html`<h3>${run.label}</h3><div class="charts small">${figures}${contributionFigure(counts.at(-1)!)}</div>`];
  });
  if (parts.length === 0) return undefined;
  return {
    id: 'histogram',
    title: 'Gradient lengths in distillation',
    lead:
      'g = Σ |p − p′| between teacher and student, by bin. Equal weights let the many predictions that already agree drown the few that ' +
      'teach something; Eq 5 gives every bin that holds a prediction the same weight.',
    content: html`${parts}`,
    explain: 'all of it',
  };
}

/** Counts of predictions, not all 0; a file may have anything there. */
function isHistogram(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length <= MOST_BINS &&
    value.every((count) => Number.isFinite(count) && count >= 0) &&
    value.some((count) => count > 0)
  );
}

/** More would be no bars. */
const MOST_BINS = 100;
const WIDTH = 340;
const HEIGHT = 190;
const PAD = { left: 34, right: 6, top: 20, bottom: 34 };

function countsFigure(title: string, counts: readonly number[], most: number): Html {
  const top = Math.ceil(Math.log10(most + 1)) || 1;
  const slot = (WIDTH - PAD.left - PAD.right) / counts.length;
  const height = HEIGHT - PAD.top - PAD.bottom;
  const y = (count: number) => PAD.top + height * (1 - Math.log10(count + 1) / top);
  const grid = Array.from({ length: top + 1 }, (_, i) => {
    const at = PAD.top + height * (1 - i / top);
    return html`<line x1="${PAD.left}" x2="${WIDTH - PAD.right}" y1="${at}" y2="${at}" class="grid"/><text x="${PAD.left - 5}" y="${at + 4}" text-anchor="end">${powerText(i)}</text>`;
  });
  const columns = counts.map((count, i) => {
    const x = PAD.left + i * slot;
    const at = y(count);
    return html`<rect x="${x + slot * 0.12}" y="${at}" width="${slot * 0.76}" height="${PAD.top + height - at}" class="bar"><title>${binText(i, counts.length)}: ${count}</title></rect>
<text x="${x + slot / 2}" y="${at - 4}" text-anchor="middle" class="value">${compactCount(count)}</text>`;
  });
  return figure(title, 'predictions, logarithmic', [grid, columns, gradientAxis(counts.length, slot)]);
}

/** Shares of the gradient by bin, of the last row. A bin's length is taken as its middle. */
function contributionFigure({ step, counts }: { step: number; counts: readonly number[] }): Html {
  const middle = (i: number) => (i + 0.5) / counts.length;
  const equal = sharesOf(counts.map((c, i) => c * middle(i)));
  const reweighted = sharesOf(counts.map((c, i) => (c > 0 ? middle(i) : 0)));
  const most = Math.max(...equal, ...reweighted);
  const slot = (WIDTH - PAD.left - PAD.right) / counts.length;
  const height = HEIGHT - PAD.top - PAD.bottom;
  const grid = [0, 0.5, 1].map((f) => {
    const at = PAD.top + height * (1 - f);
    return html`<line x1="${PAD.left}" x2="${WIDTH - PAD.right}" y1="${at}" y2="${at}" class="grid"/><text x="${PAD.left - 5}" y="${at + 4}" text-anchor="end">${Math.round(100 * most * f)}</text>`;
  });
  const columns = counts.map((_, i) => {
    const bar = (share: number, offset: number, kind: string, name: string) => {
      const h = (height * share) / most;
      return html`<rect x="${PAD.left + i * slot + slot * offset}" y="${PAD.top + height - h}" width="${slot * 0.36}" height="${h}" class="${kind}"><title>${binText(i, counts.length)}, ${name}: ${(100 * share).toFixed(1)} %</title></rect>`;
    };
    return [bar(equal[i]!, 0.12, 'bar muted', 'equal weights'), bar(reweighted[i]!, 0.5, 'bar', 're-weighted')];
  });
  const legend = html`<span class="key"><i class="swatch muted"></i>equal weights</span> <span class="key"><i class="swatch"></i>re-weighted</span>`;
  return figure('share of the gradient', html`%, iteration ${step} ${legend}`, [
    grid,
    columns,
    gradientAxis(counts.length, slot),
  ]);
}

function figure(title: string, note: HtmlValue, content: HtmlValue): Html {
  return html`<figure class="card"><figcaption><b>${title}</b> <span class="note">${note}</span></figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" class="bars" role="img" aria-label="${title}">${content}</svg></figure>`;
}

function gradientAxis(bins: number, slot: number): Html {
  const ticks = [0, 0.5, 1].map(
    (f) =>
      html`<text x="${PAD.left + f * bins * slot}" y="${HEIGHT - 18}" text-anchor="${f === 0 ? 'start' : f === 1 ? 'end' : 'middle'}">${f === 1 ? '≥ 1' : f}</text>`,
  );
  return html`${ticks}<text x="${PAD.left + (bins * slot) / 2}" y="${HEIGHT - 4}" text-anchor="middle">gradient length g</text>`;
}

function binText(bin: number, bins: number): string {
  return bin === bins - 1
    ? `g ≥ ${(bin / bins).toFixed(1)}`
    : `g ${(bin / bins).toFixed(1)} to ${((bin + 1) / bins).toFixed(1)}`;
}

function powerText(exponent: number): string {
  return ['1', '10', '100', '1k', '10k', '100k', '1M', '10M', '100M'][exponent] ?? `1e${exponent}`;
}

function compactCount(count: number): string {
  if (count >= 99_950) return `${Math.round(count / 1000)}k`;
  return count >= 1000 ? `${(count / 1000).toFixed(1)}k` : String(count);
}
