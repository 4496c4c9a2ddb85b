import { basename } from 'node:path';
import { labeledCount } from './coco-standard.ts';
import { numpyChoice } from './mt19937.ts';
import { readRawCoco, type RawCoco } from './raw-coco.ts';
import { twoParts, type SplitPlan } from './split-plan.ts';
import { splitSet } from './split-record.ts';
import { stratifiedChoice } from './stratify.ts';

/** {@link planAny}'s arguments: percent or count. */
export interface AnyPlanOptions {
  readonly annotations: string;
  /** Above 0, at most 100. */
  readonly percent?: number;
  /** Labeled images. */
  readonly count?: number;
  /** Whole number from 0. */
  readonly seed: number;
  /**
   * Each class gets its share, and at least one image where that is possible ({@link stratifiedChoice}). Default false.
   */
  readonly stratified?: boolean;
  /** What the files are called before `.{seed}@{percent}`; default the name of the annotations file. */
  readonly name?: string;
}

/** A part of the images of any COCO file labeled, the rest unlabeled. */
export async function planAny(options: AnyPlanOptions): Promise<SplitPlan> {
  const { annotations, percent, count, seed, stratified = false } = options;
  if ((percent === undefined) === (count === undefined)) {
    throw new Error('How many images are labeled? Give a percentage or a count, one of the two.');
  }
  const coco = await readRawCoco(annotations);
  const total = coco.imageIds.length;
  const size = count ?? labeledCount(total, percent as number);
  if (!(Number.isInteger(size) && size >= 1 && size <= total)) {
    throw new Error(`count is ${size}; it must be a whole number from 1 to ${total}, the images of ${annotations}.`);
  }
  const positions = stratified
    ? stratifiedChoice({ classesOf: classesOf(coco), classes: coco.categories.length, size, seed })
    : numpyChoice({ count: total, size, seed, replace: false });
  const labeledIds = positions.map((position) => coco.imageIds[position] as number).sort((a, b) => a - b);
  const amount = percent === undefined ? `${size}-images` : String(percent);
  const stem = `${options.name ?? coco.name}.${seed}@${amount}${stratified ? '-stratified' : ''}`;
  const { unlabeledIds, parts } = twoParts(coco, stem, labeledIds);
  const how = stratified
    ? 'iterative stratification by the classes of an image (Sechidis et al. 2011), at least one image of each class where possible'
    : 'drawn without replacement from the positions in the file';
  return {
    record: {
      protocol: 'any',
      variant: stratified ? 'stratified' : 'random',
      description: `${size} of ${total} images, seed ${seed}: ${how}`,
      source: { file: basename(annotations), images: total },
      ...(percent === undefined ? {} : { percent }),
      seed,
      labeled: splitSet(`${stem}.json`, labeledIds),
      unlabeled: splitSet(`${stem}-unlabeled.json`, unlabeledIds),
    },
    name: stem,
    labeledIds,
    coco,
    parts,
  };
}

/** The classes (indices) of each image, in file order; crowds do not count. */
function classesOf(coco: RawCoco): number[][] {
  const index = new Map(coco.categories.map(({ id }, i) => [id, i]));
  const sets = new Map(coco.imageIds.map((id) => [id, new Set<number>()]));
  for (const { imageId, categoryId, crowd } of coco.annotations) {
    const c = index.get(categoryId);
    if (c !== undefined && !crowd) sets.get(imageId)?.add(c);
  }
  return coco.imageIds.map((id) => [...(sets.get(id) as Set<number>)].sort((a, b) => a - b));
}
