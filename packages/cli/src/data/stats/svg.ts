/** Small static charts as SVG: legible by themselves in light and dark, and as PNG, so no variables and no script. */
import { attributes, html, raw, type Html, type HtmlValue } from '../../page/html.ts';

/** Series colors on white and on dark; the first five are those of the rates 1, 2, 4, 8, 16. */
const SERIES = [
  ['#1f5fd0', '#7aa8ff'],
  ['#0b7a5c', '#4fd1a9'],
  ['#b35c00', '#ffb454'],
  ['#b3315f', '#ff8fb3'],
  ['#6b7280', '#a9b3c0'],
] as const;

/** Size of letters in pixels. */
export const LETTERS = 12;

const rules = (mode: 0 | 1): string => {
  const [paper, ink, soft, grid, band] = (
    [
      ['#ffffff', '#17202b', '#4d5866', '#e1e5ea', '#1f5fd0'],
      ['#181f27', '#e6ebf1', '#a3afbc', '#2b3541', '#7aa8ff'],
    ] as const
  )[mode];
  const series = SERIES.map(
    (pair, i) => `.fig .f${i}{fill:${pair[mode]}}.fig .l${i}{stroke:${pair[mode]};fill:none;stroke-width:2}`,
  );
  return `.fig .paper{fill:${paper}}.fig text{fill:${ink};font-family:system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;font-size:${LETTERS}px}.fig .outline{fill:${ink};stroke:none}.fig .soft{fill:${soft}}.fig .b{font-weight:600}.fig .grid{stroke:${grid};stroke-width:1}.fig .axis{stroke:${soft};stroke-width:1}.fig .band{fill:${band};fill-opacity:.1}.fig .dash{stroke-dasharray:5 4}.fig .thin{stroke-width:1.2}${series.join('')}`;
};

/** The style of a figure in a file of its own. */
const FIGURE_STYLE = `${rules(0)}@media (prefers-color-scheme:dark){${rules(1)}}`;

/** The same once in a page, which has a switch of its own between light and dark. */
export const PAGE_FIGURE_STYLE = `${rules(0)}@media (prefers-color-scheme:dark){${scopedTo(':root:not([data-theme=light])', rules(1))}}${scopedTo(':root[data-theme=dark]', rules(1))}`;

function scopedTo(root: string, style: string): string {
  return style.replaceAll('.fig ', `${root} .fig `);
}

export interface Figure {
  readonly width: number;
  readonly height: number;
  /** What a screen reader says. */
  readonly title: string;
  readonly body: HtmlValue;
}

/** An SVG file of its own. `plain` is the light one alone, for renderers that do not know the reader's taste (PNG). */
export function svgFile({ width, height, title, body }: Figure, plain = false): string {
  const style = plain ? rules(0) : FIGURE_STYLE;
  return html`<svg xmlns="http://www.w3.org/2000/svg" class="fig" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}"><title>${title}</title><style>${raw(style)}</style><rect class="paper" width="${width}" height="${height}" rx="8"/>${body}</svg>\n`.toString();
}

/** The figure within a page that has {@link PAGE_FIGURE_STYLE}. */
function svgInline({ width, height, title, body }: Figure): Html {
  return html`<svg class="fig" viewBox="0 0 ${width} ${height}" style="max-width:${width}px;min-width:${leastWidth(width)}px" role="img" aria-label="${title}">${body}</svg>`;
}

/** The figure on a card of a page; where it is wider than the page it scrolls, also by the keyboard. */
export function figureCard(figure: Figure): Html {
  return html`<figure class="card wide-figure" role="region" tabindex="0" aria-label="${figure.title}">${svgInline(figure)}</figure>`;
}

/** Columns of a phone; below it, and below three quarters of their size, the words of a figure could not be read. */
const PHONE = 340;

const leastWidth = (width: number): number => Math.min(width, Math.max(PHONE, Math.round(0.75 * width)));

/** A number in SVG: a tenth of a pixel is enough. */
export const svgNumber = (value: number): string => String(Math.round(value * 10) / 10);

interface TextOptions {
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly class?: string;
}

export function label(x: number, y: number, text: string, options: TextOptions = {}): Html {
  const { anchor = 'start', class: name } = options;
  const look = attributes({ 'text-anchor': anchor === 'start' ? undefined : anchor, class: name });
  return html`<text x="${svgNumber(x)}" y="${svgNumber(y)}"${look}>${text}</text>`;
}

export const line = (x1: number, y1: number, x2: number, y2: number, name: string): Html =>
  html`<line x1="${svgNumber(x1)}" y1="${svgNumber(y1)}" x2="${svgNumber(x2)}" y2="${svgNumber(y2)}" class="${name}"/>`;

/** The rectangle of the data within a figure. */
export interface Plot {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Tick {
  /** 0..1 along the axis. */
  readonly at: number;
  readonly text: string;
}

/** Grid, ticks and names of the axes. */
export function axes(plot: Plot, x: readonly Tick[], y: readonly Tick[], xName: string, yName: string): Html {
  const { left, top, right, bottom } = plot;
  const rows = y.map(({ at, text }) => {
    const level = bottom - at * (bottom - top);
    return [
      line(left, level, right, level, 'grid'),
      label(left - 7, level + 4, text, { anchor: 'end', class: 'soft' }),
    ];
  });
  const columns = x.map(({ at, text }) => {
    const place = left + at * (right - left);
    return [
      line(place, bottom, place, bottom + 4, 'axis'),
      label(place, bottom + 18, text, { anchor: 'middle', class: 'soft' }),
    ];
  });
  const middle = (top + bottom) / 2;
  const xLabel = label((left + right) / 2, bottom + 38, xName, { anchor: 'middle' });
  const yLabel = html`<text x="14" y="${svgNumber(middle)}" text-anchor="middle" transform="rotate(-90 14 ${svgNumber(middle)})">${yName}</text>`;
  return html`${rows}${columns}${line(left, bottom, right, bottom, 'axis')}${xLabel}${yLabel}`;
}

/** Four to six round ticks from 0 to `high`, and the end of the axis: the last tick. */
export function roundTicks(high: number): { end: number; ticks: number[] } {
  const rough = high / 5 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((f) => f * power).find((s) => s >= rough * 0.999)!;
  const n = Math.max(1, Math.ceil(high / step - 1e-9));
  return { end: n * step, ticks: Array.from({ length: n + 1 }, (_, i) => Number((i * step).toPrecision(12))) };
}

export const thousands = (value: number): string => value.toLocaleString('en');

/** A share as `88.6 %`; what is not nothing is not shown as nothing. */
export function percentText(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 0.05) return '<0.1 %';
  if (value < 100 && value > 99.95) return '>99.9 %';
  return `${value.toFixed(1)} %`;
}
