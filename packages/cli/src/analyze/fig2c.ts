import type { PseudoLabelCurves } from '@sed/trainer/analysis';
import { axes, label, thousands, type Figure, type Plot } from '../data/stats/svg.ts';
import { curve, lineKey } from './chart.ts';

const HEIGHT = 350;
const PANEL = 400;
const KEY = 150;

/** Fig 2c: precision and recall against the score threshold, at each IoU; a panel for each model. */
export function fig2c(
  title: string,
  panels: readonly { readonly name: string; readonly curves: PseudoLabelCurves }[],
): Figure {
  const { images, objects, thresholds } = panels[0]!.curves;
  const body = panels.map(({ name, curves }, p) => {
    const left = 62 + p * PANEL;
    const plot: Plot = { left, top: 62, right: left + PANEL - 62, bottom: 294 };
    // 0 to 1
    const places = (values: readonly number[]) => values.map((v, i) => (v < 0 ? null : ([thresholds[i]!, v] as const)));
    const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1].map((v) => ({ at: v, text: v.toFixed(1) }));
    return [
      axes(plot, ticks, ticks, 'score threshold', p === 0 ? 'precision, recall' : ''),
      panels.length > 1 ? label(left, 52, name, { class: 'b' }) : undefined,
      curves.curves.map(({ precision, recall }, i) => [
        curve(plot, places(precision), SERIES[i]!),
        curve(plot, places(recall), SERIES[i]!, true),
      ]),
    ];
  });
  const entries = panels[0]!.curves.curves.flatMap(({ iou }, i) => [
    { text: `precision, IoU ${iou}`, series: SERIES[i]! },
    { text: `recall, IoU ${iou}`, series: SERIES[i]!, dashed: true },
  ]);
  const width = 62 + panels.length * PANEL - 40 + KEY;
  return {
    width,
    height: HEIGHT,
    title: `${title}: precision and recall of pseudo-labels against the score threshold`,
    body: [
      label(62, 24, title, { class: 'b' }),
      label(width - 14, 24, `${thousands(objects)} objects in ${thousands(images)} images`, {
        anchor: 'end',
        class: 'soft',
      }),
      body,
      lineKey(62 + panels.length * PANEL - 44, 80, entries),
    ],
  };
}

/** Blue and orange. */
const SERIES = [0, 2] as const;
