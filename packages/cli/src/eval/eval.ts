import {
  evaluateCoco,
  evaluateVoc,
  loadDetections,
  loadVoc,
  readCoco,
  type CocoEvaluation,
  type Dataset,
  type VocEvaluation,
  type VocProtocol,
} from '@sed/datasets-coco';
import type { Context } from '../context.ts';
import { createTalk } from '../ui/console.ts';
import { metricsText } from '../ui/metrics-text.ts';
import { percent, table } from '../ui/text.ts';

export interface EvalChoices {
  readonly annotations?: string;
  readonly voc?: string;
  readonly set?: readonly string[];
  readonly detections: string;
  readonly protocol: 'coco' | VocProtocol;
  readonly iou?: number;
  readonly extraPixel?: boolean;
  readonly perClass?: boolean;
  readonly json?: boolean;
}

/** `sed-cli eval`. */
export async function evalCommand(options: EvalChoices, context: Context): Promise<void> {
  const { protocol, iou, extraPixel } = options;
  const dataset = await openTruth(options, context);
  const detections = await loadDetections(context.path(options.detections), dataset);
  const coco = evaluateCoco(dataset, detections);
  if (detections.length > 0 && coco.metrics.AR100 === 0) createTalk(context.io).warn(NOTHING_RIGHT);
  if (protocol === 'coco') {
    if (options.json) context.json(options.perClass ? { ...coco.metrics, perClass: coco.perClass } : coco.metrics);
    else context.print(metricsText(coco.metrics) + (options.perClass ? `\n${cocoClasses(coco)}` : ''));
    return;
  }
  const voc = evaluateVoc(dataset, detections, {
    protocol,
    ...(iou === undefined ? {} : { iou }),
    ...(extraPixel === undefined ? {} : { extraPixel }),
  });
  // COCO's numbers beside VOC's: papers give AP50:95 of VOC by COCO's metric, and the two AP50 are not the same.
  if (options.json) context.json({ ...voc, coco: coco.metrics });
  else context.print(vocText(voc, coco));
}

/** Boxes are taken as they are, as pycocotools and the devkit take them; no image is opened. */
function openTruth({ annotations, voc, set }: EvalChoices, context: Context): Promise<Dataset> {
  if (annotations !== undefined) {
    return readCoco({ annotations: context.path(annotations), images: '.', degenerate: 'keep' });
  }
  return loadVoc({ voc: context.path(voc as string), sets: set as string[], degenerate: 'keep', checkImages: false });
}

const NOTHING_RIGHT =
  'Not one detection is right. Are the image and category ids those of the ground truth, and the boxes [x, y, width, height] in pixels of ' +
  'the original images? With --voc the ids are those that `sed-cli split voc` writes; detections of another numbering need their own --annotations.';

const NAMES = {
  voc07: 'VOC 2007, mean of the precision at 11 recalls',
  voc10: 'VOC 2010 and later, area under the curve',
} as const;

function vocText({ protocol, iou, mAP, perClass }: VocEvaluation, { metrics }: CocoEvaluation): string {
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
