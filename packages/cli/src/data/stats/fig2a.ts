import type { DatasetStats } from '@sed/datasets-coco/stats';
import { axes, label, line, percentText, svgNumber, roundTicks, thousands, type Figure } from './svg.ts';
import { html } from '../../page/html.ts';

const WIDTH = 720;
const HEIGHT = 340;
const PLOT = { left: 62, top: 44, right: 700, bottom: 284 };

/** The paper's figures for COCO, in its Fig 2a. */
export const PAPER_COCO = { mean: 175.9, std: 188.4 } as const;

/** Fig 2a: the distribution of instance sizes at the test size (filled) and in the files (line), as densities. */
export function fig2a(stats: DatasetStats, name: string): Figure {
  const { original, test } = stats.size;
  const { edges } = test.histogram;
  const end = edges.at(-1)!;
  // per pixel and thousand, as the paper's axis has it
  const density = ({ histogram, count }: typeof test) =>
    histogram.counts.map((n, i) => (1000 * n) / count / (edges[i + 1]! - edges[i]!));
  const [filled, outline] = [density(test), density(original)];
  const y = roundTicks(Math.max(...filled, ...outline));
  const { left, top, right, bottom } = PLOT;
  const xOf = (size: number) => left + ((right - left) * Math.min(size, end)) / end;
  const yOf = (value: number) => bottom - ((bottom - top) * value) / y.end;
  const bars = filled.map((value, i) => {
    const [from, to] = [xOf(edges[i]!), xOf(edges[i + 1]!)];
    return value === 0
      ? undefined
      : html`<rect x="${svgNumber(from + 0.5)}" y="${svgNumber(yOf(value))}" width="${svgNumber(to - from - 1)}" height="${svgNumber(bottom - yOf(value))}" class="f0" fill-opacity=".75"/>`;
  });
  const steps = outline.map(
    (value, i) => `L${svgNumber(xOf(edges[i]!))} ${svgNumber(yOf(value))}H${svgNumber(xOf(edges[i + 1]!))}`,
  );
  const meanLine = (value: number | null, row: number) => {
    const x = xOf(value ?? 0);
    return line(x, top, x, bottom, `${row === 0 ? 'l0' : 'l2 thin'} dash`);
  };
  const { short, long } = stats.testSize;
  const keyEntry = (row: number, text: string, d: typeof test) =>
    label(right, top + 20 * row + 16, `${text}: μ = ${d.mean!.toFixed(1)}, σ = ${d.std!.toFixed(1)}`, {
      anchor: 'end',
      class: row === 0 ? 'f0 b' : 'f2 b',
    });
  const hidden = test.histogram.above + original.histogram.above;
  const note =
    hidden === 0
      ? undefined
      : label(
          right,
          top + 56,
          `beyond ${thousands(end)} pixels: ${percentText(test.histogram.above / test.count)} and ${percentText(original.histogram.above / original.count)}`,
          { anchor: 'end', class: 'soft' },
        );
  const x = roundTicks(end);
  return {
    width: WIDTH,
    height: HEIGHT,
    title: `Distribution of instance sizes of ${name}: mean ${test.mean!.toFixed(1)}, standard deviation ${test.std!.toFixed(1)} pixels at the test size`,
    body: [
      label(left, 24, `Instance sizes of ${name}`, { class: 'b' }),
      label(right, 24, `${thousands(stats.instances)} boxes in ${thousands(stats.images.count)} images`, {
        anchor: 'end',
        class: 'soft',
      }),
      axes(
        PLOT,
        x.ticks.map((v) => ({ at: v / end, text: thousands(v) })),
        y.ticks.map((v) => ({ at: v / y.end, text: String(v) })),
        'instance size √(w·h), pixels',
        'density, 10⁻³ a pixel',
      ),
      bars,
      html`<path d="M${svgNumber(left)} ${svgNumber(bottom)}${steps.join('')}V${svgNumber(bottom)}" class="l2 thin"/>`,
      meanLine(original.mean, 1),
      meanLine(test.mean, 0),
      keyEntry(0, `tested at short edge ${short}, long ≤ ${long}`, test),
      keyEntry(1, 'in the files', original),
      note,
    ],
  };
}
