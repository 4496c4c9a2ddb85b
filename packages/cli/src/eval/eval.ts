import {
  evaluateCoco,
  evaluateVoc,
  loadDetections,
  loadVoc,
  readCoco,
  type LoadedDataset,
  type VocProtocol,
} from '@sed/datasets-coco';
import { evaluationRemarks } from '@sed/datasets-coco/metrics';
import type { Context } from '../context.ts';
import { checkIdList } from '../output/id-list.ts';
import { createTalk } from '../ui/console.ts';
import { cocoText, vocText } from './eval-text.ts';
import { remarksOn } from './remarks.ts';

export interface EvalChoices {
  readonly annotations?: string;
  readonly voc?: string;
  readonly set?: readonly string[];
  readonly detections?: string;
  /** Instead of `detections`: a run, whose model is to detect, and how. */
  readonly run?: string;
  readonly images?: string;
  /** With `run` and data of another place: what that calls differently, and what of it does not count. */
  readonly renameClasses?: Readonly<Record<string, string>>;
  readonly leaveOutClasses?: readonly string[] | 'others';
  /** A network of the run. */
  readonly modelOf?: string;
  readonly checkpoint?: string;
  readonly size?: number;
  readonly scales?: readonly number[];
  readonly protocol: 'coco' | VocProtocol;
  readonly iou?: number;
  readonly extraPixel?: boolean;
  readonly perClass?: boolean;
  /**
   * What becomes of faults in the ground truth; with `skip`, categories of one name are told apart by their ids, as in
   * pycocotools.
   */
  readonly onFault?: 'stop' | 'skip';
  readonly json?: boolean;
}

/** `sed-cli eval --detections`. */
export async function evalCommand(
  options: EvalChoices & { readonly detections: string },
  context: Context,
): Promise<void> {
  const { protocol, iou, extraPixel } = options;
  const dataset = await openTruth(options, context);
  const file = context.path(options.detections);
  await checkIdList(file, () => loadDetections(file), dataset);
  const detections = await loadDetections(file, dataset);
  const coco = evaluateCoco(dataset, detections);
  const talk = createTalk(context.io);
  if (detections.length > 0 && coco.metrics.AR100 === 0) talk.warn(NOTHING_RIGHT);
  for (const remark of [...remarksOn(dataset), ...evaluationRemarks(dataset, detections)]) talk.warn(remark);
  if (protocol === 'coco') {
    if (options.json) context.json(options.perClass ? { ...coco.metrics, perClass: coco.perClass } : coco.metrics);
    else context.print(cocoText(coco, options.perClass === true));
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
function openTruth({ annotations, voc, set, onFault }: EvalChoices, context: Context): Promise<LoadedDataset> {
  const policy = { degenerate: 'keep', onFault: onFault ?? 'stop' } as const;
  if (annotations !== undefined) {
    return readCoco({ annotations: context.path(annotations), images: '.', sameName: 'apart', ...policy });
  }
  const sets = set === undefined ? {} : { sets: set };
  return loadVoc({ voc: context.path(voc as string), ...sets, checkImages: false, ...policy });
}

const NOTHING_RIGHT =
  'Not one detection is right. Are the image and category ids those of the ground truth, and the boxes [x, y, width, height] in pixels of ' +
  'the original images? With --voc the ids are those that `sed-cli split voc` writes; detections of another numbering need their own --annotations.';
