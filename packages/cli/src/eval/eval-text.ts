/** Metrics as text. */
import type { CocoEvaluation, VocEvaluation } from '@sed/datasets-coco';
import { metricsText } from '../ui/metrics-text.ts';
import { percent, table } from '../ui/text.ts';

/** The lines of pycocotools, and with `perClass` a table of the classes. */
export function cocoText(coco: CocoEvaluation, perClass: boolean): string {
  return metricsText(coco.metrics) + (perClass ? `\n${cocoClasses(coco)}` : '');
}

const NAMES = {
  voc07: 'VOC 2007, mean of the precision at 11 recalls',
  voc10: 'VOC 2010 and later, area under the curve',
} as const;

/** A table of the classes and the mean. */
export function vocText({ protocol, iou, mAP, perClass }: VocEvaluation, { metrics }: CocoEvaluation): string {
  const rows = perClass.map(({ name, AP, recall, objects, ignored, detections }) => [
    name,
    percent(AP),
    percent(recall),
    ...[objects, ignored, detections].map(String),
  ]);
  return [
    table([['class', 'AP', 'recall', 'objects', 'ignored', 'detections'], ...rows]),
    '',
    `mAP ${percent(mAP)}  ${protocol} (${NAMES[protocol]}), IoU from ${iou}; difficult objects and crowds are ignored`,
    `COCO's metric on the same, difficult objects counted: AP ${percent(metrics.AP)}, AP50 ${percent(metrics.AP50)}, AP75 ${percent(metrics.AP75)}`,
  ].join('\n');
}

function cocoClasses({ perClass }: CocoEvaluation): string {
  return table([['class', 'AP', 'AP50'], ...perClass.map(({ name, AP, AP50 }) => [name, percent(AP), percent(AP50)])]);
}
