import type { DistanceGroups } from '@sed/trainer/analysis';
import { axes, label, thousands, type Figure } from '../data/stats/svg.ts';
import { curve, lineKey, logAxis, type KeyEntry } from './chart.ts';

const WIDTH = 760;
const HEIGHT = 360;
const PLOT = { left: 66, top: 62, right: 520, bottom: 304 };

export interface Fig2bSeries {
  readonly groups: DistanceGroups;
  /** Which run, short. */
  readonly name: string;
}

/**
 * Fig 2b: rows an image by score distance: all, foreground, background, and the ratio of the two; of a second run the
 * foreground and the ratio.
 */
export function fig2b(
  title: string,
  images: number,
  edges: readonly number[],
  own: Fig2bSeries,
  other?: Fig2bSeries,
): Figure {
  const { all, foreground, background, ratio } = own.groups;
  const shown = [all.perImage, foreground.perImage, background.perImage, ratio];
  if (other) shown.push(other.groups.foreground.perImage, other.groups.ratio);
  const y = logAxis(shown.flat());
  const places = (values: readonly (number | null)[]) =>
    values.map((v, i) => (v === null || v <= 0 ? null : ([(edges[i]! + edges[i + 1]!) / 2, y.place(v)] as const)));
  const meanText = (value: number | null) => (value === null ? 'none' : `mean ${value.toPrecision(3)}`);
  const entries: KeyEntry[] = [
    { text: 'all', series: 4, note: meanText(all.meanDistance) },
    { text: 'foreground', series: 0, note: meanText(foreground.meanDistance) },
    { text: 'background', series: 1, note: meanText(background.meanDistance) },
    { text: 'foreground : background', series: 2 },
    ...(other
      ? [
          {
            text: 'foreground, second run',
            series: 0,
            dashed: true,
            note: meanText(other.groups.foreground.meanDistance),
          },
          { text: 'ratio, second run', series: 2, dashed: true },
        ]
      : []),
  ];
  return {
    width: WIDTH,
    height: HEIGHT,
    title: `${title}: rows an image by score distance; mean distance ${meanText(foreground.meanDistance)} of foreground, ${meanText(background.meanDistance)} of background rows`,
    body: [
      label(PLOT.left, 24, title, { class: 'b' }),
      label(WIDTH - 14, 24, `${thousands(images)} images`, { anchor: 'end', class: 'soft' }),
      label(PLOT.left, 44, other ? `lines: ${own.name}; dashes: ${other.name}` : own.name, { class: 'soft' }),
      axes(
        PLOT,
        [0, 0.2, 0.4, 0.6, 0.8, 1].map((v) => ({ at: v, text: v.toFixed(1) })),
        y.ticks,
        'score distance |s(X) − s(X̂)|',
        'rows an image; ratio',
      ),
      curve(PLOT, places(all.perImage), 4),
      curve(PLOT, places(background.perImage), 1),
      other ? curve(PLOT, places(other.groups.foreground.perImage), 0, true) : undefined,
      other ? curve(PLOT, places(other.groups.ratio), 2, true) : undefined,
      curve(PLOT, places(foreground.perImage), 0),
      curve(PLOT, places(ratio), 2),
      lineKey(PLOT.right + 26, PLOT.top + 14, entries),
    ],
  };
}
