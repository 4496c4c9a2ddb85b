/**
 * The schema of a run's config: one JSON file, complete, no inheritance. It is the type, the validation and the
 * defaults in one. Sizes are pixels, probabilities and factors plain numbers, `step` and `every` count iterations.
 */
import {
  DEFAULT_MINIMUM_VISIBLE,
  GEOMETRIC_OPERATIONS,
  IMAGENET_MEAN_COLOR,
  PAPER_GEOMETRY_SETTINGS,
  PAPER_STRONG_SETTINGS as STRONG,
  PAPER_WEAK_SETTINGS as WEAK,
} from '@sed/augment';
import { IMAGENET_DEVIATION, IMAGENET_MEAN } from '@sed/detectors';
import { PAPER, type AnyMethod, type MethodSettings } from '@sed/methods';
import {
  count,
  fraction,
  nonNegative,
  path,
  paths,
  positive,
  positiveInteger,
  range,
  required,
  section,
} from '@sed/methods/schema';
import { Type, type Static, type TSchema } from '@sinclair/typebox';
import { CUSTOM } from './custom.ts';
import { detectorSchema } from './schema-detector.ts';
import { bestSchema, earlyStoppingSchema } from './schema-validation.ts';

const cocoSource = required({ annotations: paths(), images: path() });
/** Without `sets`: a folder that has none (XML beside its images); of one that has some, opening it lists them. */
const vocSource = required({ voc: path(), sets: Type.Optional(paths()) });
const yoloSource = required({
  yolo: path(),
  set: Type.Optional(Type.Union([Type.Literal('train'), Type.Literal('val'), Type.Literal('test')])),
});
/** COCO files, or a folder or globs of images alone. */
const imageSource = required({ images: paths(), annotations: Type.Optional(paths()) });
const manyOf = <T extends TSchema>(source: T) => Type.Array(source, { minItems: 1 });

/** Images with labels: COCO, VOC or YOLO; a list of them, of any formats, is one data set. */
const ANNOTATED = [cocoSource, vocSource, yoloSource, manyOf(Type.Union([cocoSource, vocSource, yoloSource]))] as const;
/** `percent` % of `labeled`, drawn as `split` draws and before it: they are never learnt from. */
const heldOut = required({
  percent: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 100 }),
  fold: Type.Integer({ minimum: 0 }),
});
/** Labels here are read for telemetry alone (`telemetry.pseudoLabels`). */
const unlabeled = Type.Union([
  Type.Literal('rest-of-labeled'),
  imageSource,
  vocSource,
  yoloSource,
  manyOf(Type.Union([imageSource, vocSource, yoloSource])),
]);

const className = () => Type.String({ minLength: 1 });

const data = required({
  /** The folder that the other paths of `data` are relative to; without it, that of the config. */
  root: Type.Optional(path()),
  labeled: Type.Union([...ANNOTATED]),
  /**
   * Keeps `percent` % of `labeled` as labeled, by fold; the rest can be the unlabeled images. `protocol`: `sorted`
   * draws over the sorted ids of any data; `exact` and `stac` over positions in one COCO file, the folds of
   * COCO-standard.
   */
  split: Type.Optional(
    required({
      percent: Type.Number({ exclusiveMinimum: 0, maximum: 100 }),
      fold: Type.Integer({ minimum: 0 }),
      protocol: Type.Union([Type.Literal('sorted'), Type.Literal('exact'), Type.Literal('stac')], {
        default: 'sorted',
      }),
    }),
  ),
  /** The unlabeled images: what `split` left over, or sources of their own. */
  unlabeled: Type.Optional(unlabeled),
  /** What is evaluated on: data of its own, or a part of `labeled` that is held out. */
  validation: Type.Union([...ANNOTATED, heldOut]),
  /**
   * The classes, in the order of the detector's outputs; without it those of `labeled`. Every source is checked against
   * them.
   */
  classes: Type.Optional(Type.Array(className(), { minItems: 1, uniqueItems: true })),
  /**
   * Classes of the sources whose objects are left out (they are background then); `others`: all that `classes` does not
   * name.
   */
  leaveOutClasses: Type.Optional(Type.Union([Type.Literal('others'), Type.Array(className(), { minItems: 1 })])),
  /** What a source calls differently: `{ "aeroplane": "airplane" }`. */
  renameClasses: Type.Optional(Type.Record(Type.String(), className())),
  /**
   * At faulty annotations and images: `stop` before the first step with all of them, or `skip` them and say how many.
   */
  onFault: Type.Union([Type.Literal('stop'), Type.Literal('skip')], { default: 'stop' }),
  /** Decoded images are kept in memory up to this much. */
  cacheMegabytes: nonNegative(256),
});

const resize = Type.Union(
  [
    /**
     * The short edge is a whole number in `short`, unless the long edge would pass `long`. `test` is for large-scale
     * jitter: what tests use.
     */
    required({
      kind: Type.Literal('short-edge'),
      short: range(...WEAK.resize.short),
      long: positiveInteger(WEAK.resize.long),
      test: Type.Optional(
        required({ short: positiveInteger(WEAK.resize.short[1]), long: positiveInteger(WEAK.resize.long) }),
      ),
    }),
    /** The largest size within `long` x `short`, times a factor in `scale` (which may pass 1). */
    required({
      kind: Type.Literal('fit'),
      long: positiveInteger(640),
      short: positiveInteger(480),
      scale: range(0.8, 1),
    }),
  ],
  { default: { kind: 'short-edge' } },
);

/** The weak view (the settings of @sed/augment), and how it becomes a tensor. */
const input = section({
  /** Size of the weak view; tests use `test` or the upper end of `short`, or `fit` at scale 1. */
  resize,
  /** Probability of a horizontal flip. */
  flip: fraction(WEAK.flip),
  antialias: Type.Boolean({ default: true }),
  /** Boxes smaller than this in the view are left out. */
  minimumBoxSize: nonNegative(1),
  /** Every batch is padded to this size; null pads to the largest image of the batch, rounded up. */
  canvas: Type.Union([required({ width: positiveInteger(1344), height: positiveInteger(1344) }), Type.Null()], {
    default: null,
  }),
  /** Normalization of RGB in 0..1. */
  mean: Type.Tuple([Type.Number(), Type.Number(), Type.Number()], { default: [...IMAGENET_MEAN] }),
  std: Type.Tuple([positive(1), positive(1), positive(1)], { default: [...IMAGENET_DEVIATION] }),
});

const cutout = required({ probability: fraction(0.5), scale: range(0.02, 0.2), ratio: range(0.3, 3.3) });
const byte = (value: number) => Type.Number({ minimum: 0, maximum: 255, default: value });
const [red, green, blue] = IMAGENET_MEAN_COLOR;

/**
 * One of RandAugment's geometric operations: the paper's "G" (A.2) at probability 1. The student's rows are paired with
 * the teacher's through it, so it is for detectors that pair by place.
 */
const geometry = section({
  /** Of a view to be moved; 0 turns it off. */
  probability: fraction(0),
  operations: Type.Array(Type.Union(GEOMETRIC_OPERATIONS.map((operation) => Type.Literal(operation))), {
    minItems: 1,
    uniqueItems: true,
    default: [...GEOMETRIC_OPERATIONS],
  }),
  /** Of 10, where an operation turns by 30 degrees, shifts by 0.1875 of the side or shears by 0.3. */
  level: Type.Number({ minimum: 0, maximum: 10, default: PAPER_GEOMETRY_SETTINGS.level }),
  /** Boxes with less than this part of their area left in the image are left out. */
  minimumVisible: fraction(DEFAULT_MINIMUM_VISIBLE),
});

/** The strong view, Table 11 (the settings of @sed/augment). */
const augment = section({
  /** The view of labeled images: `weak`, or `strong` on top of it. */
  labeled: Type.Union([Type.Literal('weak'), Type.Literal('strong')], { default: 'weak' }),
  jitter: section({
    probability: fraction(STRONG.jitter.probability),
    brightness: range(...STRONG.jitter.brightness),
    contrast: range(...STRONG.jitter.contrast),
    saturation: range(...STRONG.jitter.saturation),
    order: Type.Union([Type.Literal('fixed'), Type.Literal('random')], { default: 'fixed' }),
  }),
  grayscale: section({ probability: fraction(STRONG.grayscale.probability) }),
  blur: section({
    probability: fraction(STRONG.blur.probability),
    kernel: positiveInteger(STRONG.blur.kernel),
    sigma: range(...STRONG.blur.sigma),
  }),
  /** After the colors, before the cutouts. */
  geometry,
  cutouts: Type.Array(cutout, { default: STRONG.cutouts }),
  /**
   * Color of the cutouts, and of what `geometry` brings in from outside, RGB 0..255: ImageNet's mean, which
   * normalization takes to zero.
   */
  fill: Type.Tuple([byte(red), byte(green), byte(blue)], { default: [red, green, blue] }),
});

const batch = section({
  /** Images of each kind in one optimizer step, over all accumulated parts. */
  labeled: positiveInteger(PAPER.batch),
  unlabeled: positiveInteger(PAPER.batch),
  /**
   * The step's images are computed in this many parts, whose gradients are averaged: less memory, the same update but
   * for the losses' normalizers.
   */
  accumulate: positiveInteger(1),
});

/** How images are made ready. `workers` and `ahead` change no result. */
const pipeline = section({
  /**
   * Threads that decode and make the views; null: one less than the machine's processors, 1 to 8; 0: the thread that
   * trains.
   */
  workers: Type.Union([Type.Integer({ minimum: 0, maximum: 64 }), Type.Null()], { default: null }),
  /** Steps made ahead, at most, which bounds the memory; null: 2, or as many as give each worker four images. */
  ahead: Type.Union([positiveInteger(2), Type.Null()], { default: null }),
  /**
   * Whether the images of a batch lie all one way (wide or tall), for less padding; null: unless `input.canvas` pads
   * all to one size.
   */
  aspectGrouping: Type.Union([Type.Boolean(), Type.Null()], { default: null }),
});

const optimizer = section({
  kind: Type.Literal('sgd', { default: 'sgd' }),
  lr: positive(PAPER.learningRate),
  momentum: Type.Number({ minimum: 0, exclusiveMaximum: 1, default: PAPER.momentum }),
  weightDecay: nonNegative(PAPER.weightDecay),
  /** Largest global norm of the gradient, or null for no clipping. */
  clip: Type.Union([positive(10), Type.Null()], { default: null }),
  /** The rate rises linearly from `lr · factor` to `lr` in this many steps. */
  warmup: section({ steps: count(CUSTOM.warmupSteps), factor: fraction(CUSTOM.warmupFactor) }),
});

const stepSchedule = required({
  kind: Type.Literal('step'),
  milestones: Type.Array(Type.Integer({ minimum: 1 }), { default: [...PAPER.milestones] }),
  factor: positive(PAPER.milestoneFactor),
});
const cosineSchedule = required({
  kind: Type.Literal('cosine'),
  /** The rate at the last iteration, as a part of `lr`. */
  end: fraction(0),
});

const withoutMethod = required({
  $comment: Type.Optional(Type.String()),
  description: Type.Optional(Type.String()),
  seed: Type.Integer({ minimum: 0, default: 1 }),
  data,
  /** What is trained, and what it starts from. */
  detector: detectorSchema,
  input,
  augment,
  batch,
  pipeline,
  optimizer,
  schedule: Type.Union([stepSchedule, cosineSchedule], { default: { kind: 'step' } }),
  iterations: positiveInteger(PAPER.iterations),
  /**
   * A run folder or a checkpoint of one: weights, optimizer and step are taken from it, so that methods share one
   * burn-in.
   */
  initFrom: Type.Union([path(), Type.Null()], { default: null }),
  evaluation: section({
    /** Iterations between evaluations; 0 evaluates at the end only. `at` names more. */
    every: count(10_000),
    at: Type.Array(Type.Integer({ minimum: 1 }), { default: [] }),
    /** Networks of the method, by name; without it all that move. */
    models: Type.Optional(Type.Array(Type.String(), { minItems: 1, uniqueItems: true })),
    /** Images in a batch. */
    batch: positiveInteger(8),
  }),
  checkpoints: section({
    /**
     * Iterations between checkpoints; 0 writes one at the end only. The end of the burn-in and the milestones are
     * always kept.
     */
    every: count(5_000),
    /** How many of the others are kept. */
    keep: positiveInteger(2),
    /**
     * Kept besides: the checkpoint with the highest `metric` on validation, of each evaluated model or of `model`
     * alone; null keeps none.
     */
    best: bestSchema,
  }),
  /**
   * Ends a run whose validation metric no longer rises. Off by default: a plateau may be followed by a milestone's
   * gain.
   */
  earlyStopping: earlyStoppingSchema,
  telemetry: section({
    /** Iterations between `train` rows of metrics.jsonl. */
    every: positiveInteger(50),
    /** Precision and recall of the teacher on unlabeled images whose labels are known. `every` 0: never. */
    pseudoLabels: section({ every: count(5_000), images: positiveInteger(100) }),
  }),
  /** Threads of the backend, or null for its own choice. The one who prepares the backend reads it. */
  threads: Type.Union([positiveInteger(1), Type.Null()], { default: null }),
});

/** The schema of a config whose method is one of `methods`. */
export function runConfigSchemaOf(methods: readonly AnyMethod[]): TSchema {
  return required({ ...withoutMethod.properties, method: Type.Union(methods.map(({ schema }) => schema)) });
}

type Settings = Static<typeof withoutMethod>;

/** A complete, validated config. Paths are absolute. */
export type RunConfig = Omit<Settings, 'evaluation'> & {
  method: MethodSettings;
  evaluation: Settings['evaluation'] & { models: string[] };
};
export type ScheduleConfig = RunConfig['schedule'];
export type EarlyStoppingConfig = NonNullable<RunConfig['earlyStopping']>;
