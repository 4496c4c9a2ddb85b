import { html } from '../../page/html.ts';
import type { DatasetStats, Distribution, LevelShare } from '@sed/datasets-coco/stats';
import { axes, label, percentText, svgNumber, roundTicks, type Figure } from './svg.ts';

const WIDTH = 460;
const HEIGHT = 250;
const PLOT = { left: 56, top: 34, right: 446, bottom: 200 };

/** Instances by pyramid level. */
export function levelFigure(title: string, levels: readonly LevelShare[]): Figure {
  const { left, top, right, bottom } = PLOT;
  const slot = (right - left) / levels.length;
  const y = roundTicks(Math.max(0.01, ...levels.map(({ share }) => share)));
  const bars = levels.map(({ share, count }, i) => {
    const h = ((bottom - top) * share) / y.end;
    const x = left + slot * i;
    return [
      html`<rect x="${svgNumber(x + slot * 0.2)}" y="${svgNumber(bottom - h)}" width="${svgNumber(slot * 0.6)}" height="${svgNumber(h)}" class="f0" fill-opacity=".75"><title>${count}</title></rect>`,
      label(x + slot / 2, bottom - h - 5, percentText(share), { anchor: 'middle' }),
    ];
  });
  return {
    width: WIDTH,
    height: HEIGHT,
    title: `${title}: ${levels.map((l) => `P${l.level} ${percentText(l.share)}`).join(', ')}`,
    body: [
      label(left, 18, title, { class: 'b' }),
      axes(
        PLOT,
        levels.map(({ level }, i) => ({ at: (i + 0.5) / levels.length, text: `P${level} (${2 ** level})` })),
        y.ticks.map((v) => ({ at: v / y.end, text: `${Math.round(v * 1000) / 10}` })),
        'level (stride, pixels)',
        '% of instances',
      ),
      bars,
    ],
  };
}

/** The aspect ratios, on a logarithmic axis. */
export function aspectFigure({ aspectRatio }: DatasetStats): Figure {
  const names = new Map([-4, -3, -2, -1, 0, 1, 2, 3, 4].map((e) => [e, e < 0 ? `1:${2 ** -e}` : `${2 ** e}:1`]));
  return histogramFigure('Width to height', aspectRatio, 'width : height of a box', names);
}

export function boxesPerImageFigure({ boxesPerImage }: DatasetStats): Figure {
  const { edges, above } = boxesPerImage.histogram;
  const last = edges.at(-1)!;
  const end = above > 0 ? last : Math.min(last, Math.max(10, Math.ceil(((boxesPerImage.max ?? 0) + 1) / 10) * 10));
  const step = end > 20 ? 10 : 5;
  const ticks = Array.from({ length: Math.floor(end / step) + 1 }, (_, i) => i * step);
  const note = above > 0 ? `boxes an image (${above} images have more)` : 'boxes an image';
  return histogramFigure(
    'Boxes an image',
    boxesPerImage,
    note,
    new Map(ticks.map((v) => [v, String(v)])),
    end,
    '% of images',
  );
}

function histogramFigure(
  title: string,
  { histogram, count }: Distribution,
  xName: string,
  ticks: ReadonlyMap<number, string>,
  end = histogram.edges.at(-1)!,
  yName = '% of instances',
): Figure {
  const { left, top, right, bottom } = PLOT;
  const { edges } = histogram;
  const start = edges[0]!;
  const shown = histogram.counts.filter((_, i) => edges[i]! < end).map((n) => (count === 0 ? 0 : n / count));
  const y = roundTicks(Math.max(0.01, ...shown));
  const along = (value: number) => (value - start) / (end - start);
  const bars = shown.map((share, i) => {
    if (share === 0) return undefined;
    const [x1, x2] = [
      left + (right - left) * along(edges[i]!),
      left + (right - left) * along(Math.min(end, edges[i + 1]!)),
    ];
    const h = ((bottom - top) * share) / y.end;
    return html`<rect x="${svgNumber(x1 + 0.5)}" y="${svgNumber(bottom - h)}" width="${svgNumber(x2 - x1 - 1)}" height="${svgNumber(h)}" class="f0" fill-opacity=".75"><title>${histogram.counts[i]}</title></rect>`;
  });
  return {
    width: WIDTH,
    height: HEIGHT,
    title,
    body: [
      label(left, 18, title, { class: 'b' }),
      axes(
        PLOT,
        [...ticks].map(([value, text]) => ({ at: along(value), text })),
        y.ticks.map((v) => ({ at: v / y.end, text: `${Math.round(v * 1000) / 10}` })),
        xName,
        yName,
      ),
      bars,
    ],
  };
}
