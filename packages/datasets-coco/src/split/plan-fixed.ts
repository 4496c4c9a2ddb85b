import { basename } from 'node:path';
import { readRawCoco, type RawCoco } from './raw-coco.ts';
import type { SplitPlan } from './split-plan.ts';
import { splitSet } from './split-record.ts';

/** Images of COCO's published files. */
export const COCO_IMAGES = {
  train2017: 118_287,
  unlabeled2017: 123_403,
  val2014: 40_504,
  train2014: 82_783,
  minival: 5_000,
} as const;

/**
 * COCO-full: all of train2017 labeled, unlabeled2017 unlabeled. train2017's file is used as it is; unlabeled2017's is
 * written again with train2017's categories and no annotations, as `instances_unlabeled2017.json`.
 */
export async function planCocoFull(options: { annotations: string; unlabeled: string }): Promise<SplitPlan> {
  const coco = await readRawCoco(options.annotations);
  const more = await readRawCoco(options.unlabeled);
  disjoint(coco, more);
  const labeledIds = rising(coco.imageIds);
  return {
    record: {
      protocol: 'coco-full',
      variant: 'unlabeled2017',
      description: 'COCO-full: every image of train2017 labeled, unlabeled2017 unlabeled',
      source: { file: basename(options.annotations), images: labeledIds.length },
      labeled: splitSet(basename(options.annotations), labeledIds),
      unlabeled: splitSet('instances_unlabeled2017.json', more.imageIds),
    },
    name: 'coco-full',
    labeledIds,
    coco,
    parts: [
      {
        set: 'unlabeled',
        file: 'instances_unlabeled2017.json',
        coco: more,
        ids: new Set(more.imageIds),
        categories: coco,
      },
    ],
  };
}

/**
 * COCO-35k (Data Distillation, Radosavovic et al. 2018): val2014 without minival labeled (35k), train2014 unlabeled
 * (80k), minival to evaluate on. `minival` is a file whose images are minival's 5,000: instances_minival2014.json or
 * instances_val2017.json, whose ids are the same. Both parts of val2014 are written from its own records; train2014's
 * file is used as it is.
 */
export async function planCoco35k(options: {
  val2014: string;
  train2014: string;
  minival: string;
}): Promise<SplitPlan> {
  const coco = await readRawCoco(options.val2014);
  const train = await readRawCoco(options.train2014);
  const mini = new Set((await readRawCoco(options.minival)).imageIds);
  disjoint(coco, train);
  const known = new Set(coco.imageIds);
  const strangers = [...mini].filter((id) => !known.has(id));
  if (strangers.length > 0) {
    throw new Error(
      `${strangers.length} of the ${mini.size} images of ${options.minival} are not in ${options.val2014} (ids ${strangers.slice(0, 5).join(', ')}): ` +
        'minival is a part of val2014; bring instances_minival2014.json or instances_val2017.json.',
    );
  }
  const labeledIds = rising(coco.imageIds.filter((id) => !mini.has(id)));
  if (labeledIds.length === 0)
    throw new Error(`${options.minival} has every image of ${options.val2014}: none is left.`);
  const [labeled, validation] = ['instances_valminusminival2014.json', 'instances_minival2014.json'];
  return {
    record: {
      protocol: 'coco-35k',
      variant: 'val2014-minus-minival',
      description: 'COCO-35k: val2014 without minival labeled, train2014 unlabeled, minival to evaluate on',
      source: { file: basename(options.val2014), images: coco.imageIds.length },
      labeled: splitSet(labeled, labeledIds),
      unlabeled: splitSet(basename(options.train2014), train.imageIds),
      validation: splitSet(validation, [...mini]),
    },
    name: 'coco-35k',
    labeledIds,
    coco,
    parts: [
      { set: 'labeled', file: labeled, coco, ids: new Set(labeledIds) },
      { set: 'validation', file: validation, coco, ids: mini },
    ],
  };
}

const rising = (ids: readonly number[]) => [...ids].sort((a, b) => a - b);

function disjoint(a: RawCoco, b: RawCoco): void {
  const ids = new Set(a.imageIds);
  const both = b.imageIds.filter((id) => ids.has(id));
  if (both.length > 0) {
    throw new Error(
      `${both.length} image ids are in ${a.file} and in ${b.file} (${both.slice(0, 5).join(', ')}): an image cannot be labeled and unlabeled. ` +
        'Is one of the two files the wrong one?',
    );
  }
}
