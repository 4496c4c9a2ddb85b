import { basename } from 'node:path';
import { cocoStandardPositions, seedOf, type DrawnVariant } from './coco-standard.ts';
import { readRawCoco } from './raw-coco.ts';
import { twoParts, type SplitPlan } from './split-plan.ts';
import { splitSet, type SplitRecord } from './split-record.ts';
import { SUPERVISION_MISSING, unbiasedTeacherIds } from './unbiased-teacher.ts';

/** All ways to take p % of COCO that {@link planCocoStandard} knows. */
export type CocoStandardVariant = DrawnVariant | 'unbiased-teacher';

export const COCO_STANDARD_VARIANTS: readonly CocoStandardVariant[] = [
  'exact',
  'stac',
  'mmdetection',
  'soft-teacher',
  'unbiased-teacher',
];

/** {@link planCocoStandard}'s arguments. */
export interface CocoStandardPlanOptions {
  /** COCO JSON, train2017's where results are to be compared. */
  readonly annotations: string;
  /** Above 0, at most 100. */
  readonly percent: number;
  /** Whole number from 0: the seed, or with `unbiased-teacher` the run. */
  readonly fold: number;
  /** Default `exact`. */
  readonly variant?: CocoStandardVariant;
  /** `soft-teacher`: the offset that was added to its seeds. */
  readonly offset?: number;
  /** `unbiased-teacher`: path of its `COCO_supervision.txt`. */
  readonly supervision?: string;
  /**
   * What the files are called before `.{fold}@{percent}`; default `instances_train2017`, as every kit's script writes.
   */
  readonly name?: string;
}

const WORDS: Record<CocoStandardVariant, string> = {
  exact: 'drawn without replacement from the positions in the file, seed = fold: exactly int(p / 100 · n) images',
  stac: "STAC's released script (google-research/ssl_detection): seed = fold, drawn with replacement, so that some positions repeat and fewer images are labeled",
  mmdetection:
    "mmdetection's split_coco.py: seed = fold, drawn with replacement, so that some positions repeat and fewer images are labeled; the same images as STAC's script",
  'soft-teacher': "Soft Teacher's semi_coco.py: drawn without replacement, seed = fold + its offset",
  'unbiased-teacher':
    "Unbiased Teacher's COCO_supervision.txt: positions in the list of images with boxes, by image id; images without a box are in neither part",
};

/** p % of COCO's images labeled, the rest unlabeled (COCO-standard), by one of the published ways. */
export async function planCocoStandard(options: CocoStandardPlanOptions): Promise<SplitPlan> {
  const { annotations, percent, fold, variant = 'exact', supervision, name = 'instances_train2017' } = options;
  if (supervision !== undefined && variant !== 'unbiased-teacher') {
    throw new Error(`A supervision file belongs to unbiased-teacher, not to ${variant}.`);
  }
  if (variant === 'unbiased-teacher' && supervision === undefined) throw new Error(SUPERVISION_MISSING);
  if (variant !== 'soft-teacher') seedOf({ ...options, count: 0, variant: 'exact' });
  const coco = await readRawCoco(annotations);

  let labeledIds: readonly number[];
  let within: ReadonlySet<number> | undefined;
  let seed: number | undefined;
  if (variant === 'unbiased-teacher') {
    const list = await unbiasedTeacherIds({ coco, percent, run: fold, supervision: supervision as string });
    labeledIds = list.ids;
    within = new Set(coco.annotations.filter(({ crowd }) => !crowd).map(({ imageId }) => imageId));
  } else {
    const draw = {
      count: coco.imageIds.length,
      percent,
      fold,
      variant,
      ...(options.offset === undefined ? {} : { offset: options.offset }),
    };
    seed = seedOf(draw);
    labeledIds = cocoStandardPositions(draw)
      .map((position) => coco.imageIds[position] as number)
      .sort((a, b) => a - b);
  }
  const stem = `${name}.${fold}@${percent}`;
  const { unlabeledIds, parts } = twoParts(coco, stem, labeledIds, within);
  const record: SplitRecord = {
    protocol: 'coco-standard',
    variant,
    description: `COCO-standard, ${percent} %, fold ${fold}, ${variant}: ${WORDS[variant]}`,
    source: { file: basename(annotations), images: coco.imageIds.length },
    percent,
    fold,
    ...(seed === undefined ? {} : { seed }),
    labeled: splitSet(`${stem}.json`, labeledIds),
    unlabeled: splitSet(`${stem}-unlabeled.json`, unlabeledIds),
  };
  return { record, name: stem, labeledIds, coco, parts };
}
