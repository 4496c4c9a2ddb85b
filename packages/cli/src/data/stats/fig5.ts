import { cumulativeShares, type DatasetStats } from '@sed/datasets-coco/stats';
import { axes, label, line, percentText, svgNumber, type Figure } from './svg.ts';
import { html } from '../../page/html.ts';

const WIDTH = 760;
const HEIGHT = 350;
const PLOT = { left: 62, top: 54, right: 484, bottom: 294 };
/** Ends of the axis, as exponents of two: 1 to 2048 pixels. */
const [LOW, HIGH] = [0, 11];
/** Points of a curve. */
const POINTS = 133;

/**
 * Fig 5: how instance sizes add up in the image reduced by each rate, over the range that the anchors can take for
 * foreground.
 */
export function fig5(stats: DatasetStats, sizes: Float64Array, name: string): Figure {
  const { left, top, right, bottom } = PLOT;
  const { range, rates } = stats.validRange;
  const xOfExponent = (exponent: number) => left + ((right - left) * (exponent - LOW)) / (HIGH - LOW);
  const xOfSize = (size: number) => xOfExponent(Math.min(HIGH, Math.max(LOW, Math.log2(size))));
  const exponents = Array.from({ length: POINTS }, (_, i) => LOW + ((HIGH - LOW) * i) / (POINTS - 1));
  const curves = rates.map(({ rate }, i) => {
    const shares = cumulativeShares(
      sizes,
      exponents.map((e) => 2 ** e * rate),
    );
    const points = exponents.map(
      (e, k) => `${svgNumber(xOfExponent(e))} ${svgNumber(bottom - (bottom - top) * shares[k]!)}`,
    );
    return html`<path d="M${points.join('L')}" class="l${i % 5}"/>`;
  });
  const column = [right + 26, right + 146, right + 204, right + 260] as const;
  const rows = rates.map(({ rate, inside, below, above }, i) => {
    const y = top + 50 + 22 * i;
    const cell = (k: number, text: string, name: string) => label(column[k]!, y, text, { anchor: 'end', class: name });
    return [
      line(right + 26, y - 4, right + 46, y - 4, `l${i % 5}`),
      label(right + 52, y, `r = ${rate}`),
      cell(1, percentText(inside), `b f${i % 5}`),
      cell(2, percentText(below), 'soft'),
      cell(3, percentText(above), 'soft'),
    ];
  });
  const head = ['inside', 'below', 'above'].map((text, i) =>
    label(column[i + 1]!, top + 26, text, { anchor: 'end', class: 'soft' }),
  );
  const [from, to] = [xOfSize(range[0]), xOfSize(range[1])];
  return {
    width: WIDTH,
    height: HEIGHT,
    title: `Cumulative distribution of instance sizes of ${name} at rates ${rates.map((r) => r.rate).join(', ')}; inside the valid range: ${rates.map((r) => percentText(r.inside)).join(', ')}`,
    body: [
      label(left, 22, `Instance sizes of ${name}, reduced by r`, { class: 'b' }),
      html`<rect x="${svgNumber(from)}" y="${top}" width="${svgNumber(to - from)}" height="${bottom - top}" class="band"/>`,
      axes(
        PLOT,
        Array.from({ length: HIGH - LOW + 1 }, (_, i) => ({ at: i / (HIGH - LOW), text: String(2 ** (LOW + i)) })),
        [0, 0.2, 0.4, 0.6, 0.8, 1].map((v) => ({ at: v, text: v.toFixed(1) })),
        'instance size √(w·h) in the reduced image, pixels',
        'share of instances not larger',
      ),
      line(from, top, from, bottom, 'axis dash'),
      line(to, top, to, bottom, 'axis dash'),
      label((from + to) / 2, top - 6, `valid range ${range[0].toFixed(1)} to ${range[1].toFixed(1)}`, {
        anchor: 'middle',
        class: 'soft',
      }),
      curves,
      head,
      rows,
      label(right + 26, top + 50 + 22 * rates.length + 8, `tested at short edge ${stats.testSize.short},`, {
        class: 'soft',
      }),
      label(right + 26, top + 66 + 22 * rates.length + 8, `long edge at most ${stats.testSize.long}`, {
        class: 'soft',
      }),
    ],
  };
}
