/**
 * The `detector` section: one member for each kind of detector and each named set of defaults (`compat`). The settings
 * are those of
 * @sed/detectors without `classes`, which the data has; what a config does not say is the preset's.
 */
import {
  mmdetectionFasterRcnn,
  torchvisionFasterRcnn,
  torchvisionRetinaNet,
  type FasterRcnnSettings,
  type ProposalCounts,
  type RetinaNetSettings,
  type SamplingSettings,
} from '@sed/detectors';
import { Type, type Static, type TProperties } from '@sinclair/typebox';
import { count, fraction, nonNegative, path, positive, positiveInteger, section } from '@sed/methods/schema';

/** Whose numbers the defaults are. */
type Compat = 'torchvision' | 'mmdetection';

const STRIDES = ['fixed', 'derived'] as const;
type Strides = (typeof STRIDES)[number];

/** One of the literals, with a default. */
const choice = <const T extends readonly string[]>(values: T, value: T[number]) =>
  Type.Unsafe<T[number]>({ anyOf: values.map((v) => Type.Literal(v)), default: value });

/**
 * The name of the preset that the member's defaults come from. It is kept for the record; a setting that the config
 * gives is taken whatever the preset has.
 */
const compatOf = (compat: Compat | undefined): { compat: ReturnType<typeof namedCompat> } =>
  (compat === undefined ? {} : { compat: namedCompat(compat) }) as { compat: ReturnType<typeof namedCompat> };
const namedCompat = (compat: Compat) => Type.Optional(Type.Unsafe<Compat>({ const: compat }));

const start = {
  /**
   * The backbone's pretrained weights: a `.pth` or `.safetensors` file, `efficientnet-lite0-imagenet`, or null for
   * none.
   */
  weights: Type.Union([path(), Type.Null()], { default: null }),
  /**
   * A whole detector to start from (a run's `student.safetensors`, or torchvision's `.pth`), or null. Weights only, at
   * step 0.
   */
  checkpoint: Type.Union([path(), Type.Null()], { default: null }),
};

const backbone = ({ trainableStages, trainableNorm, normEpsilon }: RetinaNetSettings['backbone']) =>
  section({
    name: choice(['resnet18', 'resnet34', 'resnet50', 'resnet101', 'efficientnet-lite0'], 'resnet50'),
    /** Stages trained, from the last: 3 freezes stem and first stage. */
    trainableStages: Type.Integer({ minimum: 0, maximum: 5, default: trainableStages }),
    trainableNorm: Type.Boolean({ default: trainableNorm }),
    normEpsilon: nonNegative(normEpsilon),
    /**
     * Where a bottleneck of resnet50 and resnet101 has its stride: `1x1` for weights of Caffe's style (detectron2's
     * default).
     */
    stride: Type.Optional(Type.Unsafe<'3x3' | '1x1'>(Type.Union([Type.Literal('3x3'), Type.Literal('1x1')]))),
  });

const anchors = <T extends TProperties>(preset: RetinaNetSettings['anchors'], more: T) =>
  section({
    kind: choice(['torchvision', 'exact'], preset.kind),
    /** Side of the smallest square anchor, in strides of its level. */
    side: positive(preset.side),
    octaveScales: positiveInteger(preset.octaveScales),
    ratios: Type.Array(Type.Number({ exclusiveMinimum: 0 }), { minItems: 1, default: [...preset.ratios] }),
    centerOffset: fraction(preset.centerOffset),
    ...more,
  });

const LOW_QUALITY = ['own-best', 'forced', 'none'] as const;
const matching = <T extends TProperties>(preset: RetinaNetSettings['matching'], more: T) =>
  section({
    foregroundIou: fraction(preset.foregroundIou),
    backgroundIou: fraction(preset.backgroundIou),
    lowQuality: choice(LOW_QUALITY, preset.lowQuality),
    ...more,
  });

function retinaNet(preset: Omit<RetinaNetSettings, 'classes'>, compat?: Compat) {
  const { fpn, head, loss, detection } = preset;
  return section({
    kind: Type.Literal('retinanet', { default: 'retinanet' }),
    ...compatOf(compat),
    ...start,
    backbone: backbone(preset.backbone),
    fpn: section({
      channels: positiveInteger(fpn.channels),
      extra: choice(['p5', 'c5'], fpn.extra),
      reluBeforeP7: Type.Boolean({ default: fpn.reluBeforeP7 }),
      lateralGain: positive(fpn.lateralGain),
    }),
    head: section({
      depth: count(head.depth),
      channels: positiveInteger(head.channels),
      prior: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1, default: head.prior }),
    }),
    initialization: choice(['torchvision', 'he'], preset.initialization),
    anchors: anchors(preset.anchors, {
      /** As a Faster R-CNN's; left out: the true powers of two. */
      strides: Type.Optional(
        Type.Unsafe<Strides>({
          enum: STRIDES,
          ...(preset.anchors.strides ? { default: preset.anchors.strides } : {}),
        }),
      ),
    }),
    matching: matching(preset.matching, {}),
    loss: section({
      focalAlpha: fraction(loss.focalAlpha),
      focalGamma: nonNegative(loss.focalGamma),
      normalizer: choice(['image', 'batch'], loss.normalizer),
    }),
    detection: section({
      scoreThreshold: fraction(detection.scoreThreshold),
      candidatesPerLevel: positiveInteger(detection.candidatesPerLevel),
      nmsIou: fraction(detection.nmsIou),
      maxDetections: positiveInteger(detection.maxDetections),
    }),
  });
}

const sampling = ({ count: drawn, positiveFraction }: SamplingSettings) =>
  section({ count: positiveInteger(drawn), positiveFraction: fraction(positiveFraction) });
const proposals = ({ candidatesPerLevel, proposals: kept }: ProposalCounts) =>
  section({ candidatesPerLevel: positiveInteger(candidatesPerLevel), proposals: positiveInteger(kept) });

function fasterRcnn({ fpn, rpn, roi, boxes, detection, ...preset }: FasterRcnnSettings, compat?: Compat) {
  const [x, y, w, h] = roi.deltaWeights;
  return section({
    kind: Type.Literal('faster-rcnn'),
    ...compatOf(compat),
    ...start,
    backbone: backbone(preset.backbone),
    fpn: section({ channels: positiveInteger(fpn.channels), lateralGain: positive(fpn.lateralGain) }),
    initialization: choice(['torchvision', 'mmdetection', 'he'], preset.initialization),
    /**
     * Pixels between anchors: the true powers of two, which scale consistency needs, or torchvision's image / grid,
     * rounded down.
     */
    anchors: anchors(preset.anchors, { strides: choice(STRIDES, preset.anchors.strides) }),
    rpn: section({
      matching: matching(rpn.matching, { lowQualityIou: fraction(rpn.matching.lowQualityIou ?? 0) }),
      /** Anchors drawn for the losses, an image. */
      sampling: sampling(rpn.sampling),
      nmsIou: fraction(rpn.nmsIou),
      minSize: nonNegative(rpn.minSize),
      /**
       * Proposals of an image: what regions are drawn from, what is refined in tests, and at what pairs of views are
       * compared.
       */
      training: proposals(rpn.training),
      testing: proposals(rpn.testing),
      pairs: proposals(rpn.pairs),
    }),
    roi: section({
      hidden: positiveInteger(roi.hidden),
      poolSize: positiveInteger(roi.poolSize),
      /** Samples a bin along each axis; 0: one a cell. */
      samplingRatio: count(roi.samplingRatio),
      aligned: Type.Boolean({ default: roi.aligned }),
      levels: choice(['torchvision', 'mmdetection'], roi.levels),
      matching: matching(roi.matching, { lowQualityIou: fraction(roi.matching.lowQualityIou ?? 0) }),
      /** Regions drawn for the losses, an image. */
      sampling: sampling(roi.sampling),
      deltaWeights: Type.Tuple([positive(x), positive(y), positive(w), positive(h)], { default: [x, y, w, h] }),
    }),
    boxes: section({
      smoothL1Beta: nonNegative(boxes.smoothL1Beta),
      clampSides: choice(['upper', 'both'], boxes.clampSides),
    }),
    detection: section({
      scoreThreshold: fraction(detection.scoreThreshold),
      minSize: nonNegative(detection.minSize),
      nmsIou: fraction(detection.nmsIou),
      maxDetections: positiveInteger(detection.maxDetections),
    }),
  });
}

/** torchvision's `retinanet_resnet50_fpn`, but 100 detections an image, as COCO's metrics read. */
const torchRetinaNet = torchvisionRetinaNet(1);
const paperRetinaNet = { ...torchRetinaNet, detection: { ...torchRetinaNet.detection, maxDetections: 100 } };
/** mmdetection's `retinanet_r50_fpn`. */
const mmRetinaNet: RetinaNetSettings = {
  ...paperRetinaNet,
  fpn: { ...torchRetinaNet.fpn, extra: 'c5', reluBeforeP7: false },
  anchors: { ...torchRetinaNet.anchors, kind: 'exact' },
  matching: { ...torchRetinaNet.matching, lowQuality: 'forced' },
  loss: { ...torchRetinaNet.loss, normalizer: 'batch' },
};

/**
 * Without `compat`: torchvision's numbers, with what SED needs. `compat: "torchvision"` is torchvision to the last
 * detection (derived strides, 300 detections of a RetinaNet), `compat: "mmdetection"` has mmdetection's defaults.
 */
export const detectorSchema = Type.Union(
  [
    retinaNet(paperRetinaNet),
    retinaNet({ ...torchRetinaNet, anchors: { ...torchRetinaNet.anchors, strides: 'derived' } }, 'torchvision'),
    retinaNet(mmRetinaNet, 'mmdetection'),
    fasterRcnn(torchvisionFasterRcnn(1)),
    fasterRcnn(torchvisionFasterRcnn(1, 'resnet50', { compat: 'torchvision' }), 'torchvision'),
    fasterRcnn(mmdetectionFasterRcnn(1), 'mmdetection'),
  ],
  { default: {} },
);

export type RetinaNetConfig = Static<ReturnType<typeof retinaNet>>;
export type FasterRcnnConfig = Static<ReturnType<typeof fasterRcnn>>;
