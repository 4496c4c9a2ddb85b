import type { CocoMetrics } from '@sed/datasets-coco';

const LINES: readonly (readonly [keyof CocoMetrics, string, string, string, number])[] = [
  ['AP', 'Precision', '0.50:0.95', 'all', 100],
  ['AP50', 'Precision', '0.50', 'all', 100],
  ['AP75', 'Precision', '0.75', 'all', 100],
  ['APs', 'Precision', '0.50:0.95', 'small', 100],
  ['APm', 'Precision', '0.50:0.95', 'medium', 100],
  ['APl', 'Precision', '0.50:0.95', 'large', 100],
  ['AR1', 'Recall', '0.50:0.95', 'all', 1],
  ['AR10', 'Recall', '0.50:0.95', 'all', 10],
  ['AR100', 'Recall', '0.50:0.95', 'all', 100],
  ['ARs', 'Recall', '0.50:0.95', 'small', 100],
  ['ARm', 'Recall', '0.50:0.95', 'medium', 100],
  ['ARl', 'Recall', '0.50:0.95', 'large', 100],
];

/** The twelve lines that pycocotools prints, letter for letter: scripts that read those read these. */
export function metricsText(metrics: CocoMetrics): string {
  return LINES.map(([key, what, iou, area, dets]) => {
    const kind = what === 'Precision' ? '(AP)' : '(AR)';
    return ` ${`Average ${what}`.padEnd(18)} ${kind} @[ IoU=${iou.padEnd(9)} | area=${area.padStart(6)} | maxDets=${String(dets).padStart(3)} ] = ${metrics[key].toFixed(3)}`;
  }).join('\n');
}
