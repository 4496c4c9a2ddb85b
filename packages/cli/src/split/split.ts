import {
  classCounts,
  COCO_IMAGES,
  planAny,
  planCoco35k,
  planCocoFull,
  planCocoStandard,
  planVoc,
  writeSplit,
  type CocoStandardVariant,
  type SplitPlan,
} from '@sed/datasets-coco/split';
import type { Context } from '../context.ts';
import { createTalk } from '../ui/console.ts';
import { splitJson, splitText, type SplitView } from './text.ts';

/** Options of every protocol. */
interface Common {
  readonly out: string;
  readonly dryRun?: boolean;
  readonly classes?: boolean;
  readonly json?: boolean;
}

export interface CocoStandardChoices extends Common {
  readonly annotations: string;
  readonly percent: number;
  readonly fold: number;
  readonly variant: CocoStandardVariant;
  readonly offset?: number;
  readonly supervision?: string;
  readonly name: string;
}

export interface CocoFullChoices extends Common {
  readonly annotations: string;
  readonly unlabeled: string;
}

export interface Coco35kChoices extends Common {
  readonly val2014: string;
  readonly train2014: string;
  readonly minival: string;
}

export interface VocChoices extends Common {
  readonly devkit: string;
  readonly test: boolean;
}

export interface AnyChoices extends Common {
  readonly annotations: string;
  readonly percent?: number;
  readonly count?: number;
  readonly seed: number;
  readonly stratified?: boolean;
  readonly name?: string;
}

/** `sed-cli split coco-standard`. */
export async function cocoStandardCommand(options: CocoStandardChoices, context: Context): Promise<void> {
  const { percent, fold, variant, offset, supervision, name } = options;
  const plan = await planCocoStandard({
    annotations: context.path(options.annotations),
    percent,
    fold,
    variant,
    name,
    ...(offset === undefined ? {} : { offset }),
    ...(supervision === undefined ? {} : { supervision: context.path(supervision) }),
  });
  await finish(plan, options, context, [variantNote(variant, plan)]);
}

/** `sed-cli split coco-full`. */
export async function cocoFullCommand(options: CocoFullChoices, context: Context): Promise<void> {
  const [annotations, unlabeled] = [context.path(options.annotations), context.path(options.unlabeled)];
  const plan = await planCocoFull({ annotations, unlabeled });
  await finish(plan, options, context, [
    ...unlike(plan.record.labeled.images, COCO_IMAGES.train2017, 'train2017', annotations),
    ...unlike(plan.record.unlabeled.images, COCO_IMAGES.unlabeled2017, 'unlabeled2017', unlabeled),
  ]);
}

/** `sed-cli split coco-35k`. */
export async function coco35kCommand(options: Coco35kChoices, context: Context): Promise<void> {
  const [val2014, train2014, minival] = [options.val2014, options.train2014, options.minival].map(context.path) as [
    string,
    string,
    string,
  ];
  const plan = await planCoco35k({ val2014, train2014, minival });
  const { source, unlabeled, validation } = plan.record;
  await finish(plan, options, context, [
    ...unlike(source.images, COCO_IMAGES.val2014, 'val2014', val2014),
    ...unlike(unlabeled.images, COCO_IMAGES.train2014, 'train2014', train2014),
    ...unlike(validation?.images ?? 0, COCO_IMAGES.minival, 'minival', minival),
  ]);
}

/** `sed-cli split any`. */
export async function anyCommand(options: AnyChoices, context: Context): Promise<void> {
  const { annotations, percent, count, seed, stratified, name } = options;
  const plan = await planAny({
    annotations: context.path(annotations),
    seed,
    ...(percent === undefined ? {} : { percent }),
    ...(count === undefined ? {} : { count }),
    ...(stratified === undefined ? {} : { stratified }),
    ...(name === undefined ? {} : { name }),
  });
  // Who stratifies wants to see what it did.
  await finish(plan, { ...options, classes: options.classes ?? stratified ?? false }, context, []);
}

/** `sed-cli split voc`. */
export async function vocCommand(options: VocChoices, context: Context): Promise<void> {
  const plan = await planVoc({ devkit: context.path(options.devkit), test: options.test });
  const files = options.dryRun ? undefined : await plan.write(context.path(options.out));
  show({ record: plan.record, boxes: plan.boxes, files, notes: plan.notes, classes: plan.classes }, options, context);
}

async function finish(plan: SplitPlan, options: Common, context: Context, notes: readonly string[]): Promise<void> {
  const talk = createTalk(context.io, options.json);
  talk.status('writing …');
  const files = options.dryRun ? undefined : await writeSplit(plan, context.path(options.out));
  talk.clear();
  const { record, coco, labeledIds, parts } = plan;
  const boxes: Record<string, number> = {};
  for (const part of parts) {
    let count = 0;
    for (const { imageId, crowd } of part.coco.annotations) if (!crowd && part.ids.has(imageId)) count++;
    boxes[part.set] = count;
  }
  show({ record, boxes, files, notes, classes: classCounts(coco, labeledIds) }, options, context);
}

function show(view: SplitView, options: Common, context: Context): void {
  if (options.json) context.json(splitJson(view, options.classes === true));
  else context.print(splitText(view, options.classes === true));
}

/** What others call the same percentage. */
function variantNote(variant: CocoStandardVariant, { record, coco }: SplitPlan): string {
  const percent = `${record.percent} %`;
  const common = `Published "${percent}" of COCO are of different images: name the variant (${variant}) beside results.`;
  if (variant === 'exact') {
    return `${common} STAC's released script and mmdetection's draw with replacement (--variant stac), Unbiased Teacher has a list (--variant unbiased-teacher).`;
  }
  if (variant === 'unbiased-teacher') {
    const left = coco.imageIds.length - record.labeled.images - record.unlabeled.images;
    return `${common} ${left} images without boxes are in neither part, as in Unbiased Teacher.`;
  }
  return common;
}

function unlike(found: number, expected: number, what: string, file: string): string[] {
  if (found === expected) return [];
  return [`${what} has ${expected.toLocaleString('en')} images, ${file} has ${found.toLocaleString('en')}.`];
}
