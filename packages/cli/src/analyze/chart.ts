/** What the figures of the analyses share: a logarithmic axis, curves with gaps, a key. */
import { label, line, svgNumber, type Plot, type Tick } from '../data/stats/svg.ts';
import { html, type Html } from '../page/html.ts';

export interface LogAxis {
  /** 0..1 along the axis of a positive value. */
  readonly place: (value: number) => number;
  readonly ticks: readonly Tick[];
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const powerOfTen = (exponent: number): string =>
  exponent === 0
    ? '1'
    : exponent === 1
      ? '10'
      : `10${exponent < 0 ? '⁻' : ''}${[...String(Math.abs(exponent))].map((d) => SUPERSCRIPTS[Number(d)]).join('')}`;

/** Powers of ten around the positive ones of `values`. */
export function logAxis(values: readonly (number | null)[]): LogAxis {
  const positive = values.filter((v): v is number => v !== null && v > 0);
  const low = Math.floor(Math.log10(Math.min(...positive, 1)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...positive, 1))));
  const step = Math.ceil((high - low) / 8);
  const exponents = Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, i) => low + i * step);
  const place = (value: number) => (Math.log10(value) - low) / (high - low);
  return { place, ticks: exponents.map((e) => ({ at: (e - low) / (high - low), text: powerOfTen(e) })) };
}

/** A line with points; it is broken where a place is null. @param places x and y, 0..1 of the plot */
export function curve(
  plot: Plot,
  places: readonly (readonly [number, number] | null)[],
  series: number,
  dashed = false,
): Html {
  const { left, top, right, bottom } = plot;
  const toPixels = ([x, y]: readonly [number, number]) =>
    [left + x * (right - left), bottom - y * (bottom - top)] as const;
  let path = '';
  places.forEach((place, i) => {
    if (place === null) return;
    const [x, y] = toPixels(place);
    path += `${i > 0 && places[i - 1] ? 'L' : 'M'}${svgNumber(x)} ${svgNumber(y)}`;
  });
  const points = places.map((place) => {
    if (place === null) return undefined;
    const [x, y] = toPixels(place);
    return html`<circle cx="${svgNumber(x)}" cy="${svgNumber(y)}" r="2" class="f${series}"/>`;
  });
  return html`<path d="${path}" class="l${series}${dashed ? ' dash' : ''}"/>${points}`;
}

export interface KeyEntry {
  readonly text: string;
  readonly series: number;
  readonly dashed?: boolean;
  /** A second line, softer. */
  readonly note?: string;
}

/** Names of the lines, one below the other. */
export function lineKey(x: number, y: number, entries: readonly KeyEntry[]): Html {
  let at = y;
  const lines = entries.map(({ text, series, dashed, note }) => {
    const drawn = [
      line(x, at - 4, x + 22, at - 4, `l${series}${dashed ? ' dash' : ''}`),
      label(x + 28, at, text),
      note === undefined ? undefined : label(x + 28, at + 15, note, { class: 'soft' }),
    ];
    at += note === undefined ? 20 : 36;
    return drawn;
  });
  return html`${lines}`;
}
