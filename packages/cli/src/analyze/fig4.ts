import type { GradientTerm } from '@sed/trainer/analysis';
import {
  axes,
  label,
  percentText,
  svgNumber,
  roundTicks,
  type Figure,
  type Plot,
  type Tick,
} from '../data/stats/svg.ts';
import { html } from '../page/html.ts';
import { sharesOf } from '../page/shares.ts';
import { logAxis } from './chart.ts';

const WIDTH = 860;
const HEIGHT = 330;
const LEFT: Plot = { left: 62, top: 60, right: 400, bottom: 274 };
const RIGHT: Plot = { left: 500, top: 60, right: 840, bottom: 274 };

/**
 * Fig 4: predictions by gradient length, and the share of the gradient that each length has with equal weights and with
 * Eq 5's.
 */
export function fig4(title: string, edges: readonly number[], { samples, uniform, reweighted }: GradientTerm): Figure {
  const [plain, eq5] = [sharesOf(uniform), sharesOf(reweighted)];
  const count = logAxis(samples);
  const share = roundTicks(Math.max(0.01, ...plain, ...eq5));
  const bar = (plot: Plot, i: number, from: number, to: number, height: number, series: number, text: string) => {
    const slot = (plot.right - plot.left) / samples.length;
    const h = Math.max(0, height) * (plot.bottom - plot.top);
    return html`<rect x="${svgNumber(plot.left + slot * (i + from))}" y="${svgNumber(plot.bottom - h)}" width="${svgNumber(slot * (to - from))}" height="${svgNumber(h)}" class="f${series}" fill-opacity=".85"><title>${text}</title></rect>`;
  };
  const bars = samples.map((n, i) => {
    const what = `g ${edges[i]!.toFixed(2)} to ${edges[i + 1]!.toFixed(2)}`;
    return [
      n > 0 ? bar(LEFT, i, 0.15, 0.85, count.place(n), 0, `${what}: ${n.toPrecision(3)} an image`) : undefined,
      bar(RIGHT, i, 0.1, 0.48, plain[i]! / share.end, 4, `${what}, equal weights: ${percentText(plain[i]!)}`),
      bar(RIGHT, i, 0.52, 0.9, eq5[i]! / share.end, 0, `${what}, re-weighted: ${percentText(eq5[i]!)}`),
    ];
  });
  const swatch = (x: number, series: number, text: string) =>
    html`<rect x="${x}" y="40" width="11" height="11" rx="2" class="f${series}" fill-opacity=".85"/>${label(x + 16, 50, text)}`;
  return {
    width: WIDTH,
    height: HEIGHT,
    title: `${title}: predictions by gradient length, and what each length contributes`,
    body: [
      label(LEFT.left, 24, title, { class: 'b' }),
      label(LEFT.left, 50, 'predictions an image', { class: 'soft' }),
      axes(LEFT, TICKS, count.ticks, 'gradient length g', 'an image'),
      html`<g transform="translate(${RIGHT.left - 62} 0)">${axes(
        { ...RIGHT, left: 62, right: 62 + RIGHT.right - RIGHT.left },
        TICKS,
        share.ticks.map((v) => ({ at: v / share.end, text: `${Math.round(v * 1000) / 10}` })),
        'gradient length g',
        '% of the gradient',
      )}</g>`,
      swatch(RIGHT.left, 4, 'equal weights'),
      swatch(RIGHT.left + 130, 0, 're-weighted (Eq 5)'),
      bars,
    ],
  };
}

/** Ends of the axis and what lies between; g has no upper end. */
const TICKS: readonly Tick[] = [0, 0.2, 0.4, 0.6, 0.8, 1].map((v) => ({ at: v, text: v === 1 ? '≥ 1' : String(v) }));
