/** Every number of a Faster R-CNN. Plain JSON, so that a config file or a run folder can hold it. */
import type { BackboneName } from '../backbones/create.ts';
import type { ResNetName } from '../backbones/resnet.ts';
import type { AnchorSettings } from '../dense/anchors.ts';
import type { MatchingSettings } from '../dense/matcher.ts';

/** How many proposals an image gives. */
export interface ProposalCounts {
  /** Anchors of each level with the highest scores that enter the suppression. */
  readonly candidatesPerLevel: number;
  /** Proposals left of an image after it. */
  readonly proposals: number;
}

/** What is drawn of an image's anchors or regions for the losses. */
export interface SamplingSettings {
  /** How many, an image. */
  readonly count: number;
  /** At most this share of them have an object; background fills up what is left. */
  readonly positiveFraction: number;
}

export interface FasterRcnnSettings {
  /** Number of classes, background not counted (torchvision's `num_classes` counts it). */
  readonly classes: number;
  readonly backbone: {
    readonly name: BackboneName;
    /** Stages trained, from the last: 3 freezes stem and first stage (blocks 0 to 2 of Lite0), 5 none, 0 all. */
    readonly trainableStages: number;
    /** Whether the affine of batch norms in trained stages is trained. The statistics are always frozen. */
    readonly trainableNorm: boolean;
    /** ε added to the variance in batch norms. */
    readonly normEpsilon: number;
    /** Where a bottleneck of ResNet-50 and 101 has its stride; see `BackboneSettings`. Default `3x3`, torchvision's. */
    readonly stride?: '3x3' | '1x1';
  };
  readonly fpn: {
    /** Channels of P2 to P6. */
    readonly channels: number;
    /** Factor on the fresh 1x1 lateral kernels; has no effect on loaded weights. */
    readonly lateralGain: number;
  };
  /**
   * Distributions of fresh weights. `torchvision`: the pyramid kaiming-uniform, linear layers torch's default.
   * `mmdetection`: Xavier-uniform for both, the class output N(0, 0.01), boxes N(0, 0.001). `he`: He's normal for both,
   * outputs as mmdetection's. The RPN is N(0, 0.01), with `he` its outputs alone.
   */
  readonly initialization: 'torchvision' | 'mmdetection' | 'he';
  readonly anchors: AnchorSettings & {
    /**
     * Pixels between anchors: the true powers of two, which pairs of views need, or torchvision's ⌊image / grid⌋ (the
     * same where the padded sides are multiples of 64).
     */
    readonly strides: 'fixed' | 'derived';
  };
  readonly rpn: {
    readonly matching: MatchingSettings;
    readonly sampling: SamplingSettings;
    /** Of two proposals of one level with a greater IoU, the one with the lower score goes. */
    readonly nmsIou: number;
    /** Proposals narrower or lower than this are dropped, in pixels. */
    readonly minSize: number;
    /** Proposals that regions of the supervised losses are drawn from. */
    readonly training: ProposalCounts;
    /** Proposals that are refined in detection. */
    readonly testing: ProposalCounts;
    /** Proposals of each view that scale consistency and distillation compare regions at. */
    readonly pairs: ProposalCounts;
  };
  readonly roi: {
    /** Outputs of the two fully connected layers. */
    readonly hidden: number;
    /** Side of the pooled grid. */
    readonly poolSize: number;
    /** Samples a bin along each axis; 0: ⌈size of the bin in cells⌉. */
    readonly samplingRatio: number;
    /** RoIAlign's convention: cell centers at i + 0.5 (detectron2, mmdetection) or at i (torchvision). */
    readonly aligned: boolean;
    /** Whose formula gives a region its level; they differ by rounding alone. */
    readonly levels: 'torchvision' | 'mmdetection';
    readonly matching: MatchingSettings;
    readonly sampling: SamplingSettings;
    /** Factors of dx, dy, dw, dh. */
    readonly deltaWeights: readonly [number, number, number, number];
  };
  readonly boxes: {
    /** Where the parabola of the smooth L1 loss ends, of both stages; 0 is L1. */
    readonly smoothL1Beta: number;
    /** Whether dw and dh are bounded by ln(1000 / 16) from above, or to both sides. */
    readonly clampSides: 'upper' | 'both';
  };
  readonly detection: {
    /** Scores must be above this. */
    readonly scoreThreshold: number;
    /** Detections narrower or lower than this are dropped, in pixels. */
    readonly minSize: number;
    /** Of two boxes of one class with a greater IoU, the one with the lower score goes. */
    readonly nmsIou: number;
    /** Detections kept an image. */
    readonly maxDetections: number;
  };
}

/** Ren et al. 2015, Girshick 2015: the numbers that torchvision and mmdetection share. */
const SHARED = {
  sampling: { count: 256, positiveFraction: 0.5 },
  regionMatching: { foregroundIou: 0.5, backgroundIou: 0.5, lowQuality: 'none' },
  regionSampling: { count: 512, positiveFraction: 0.25 },
  deltaWeights: [10, 10, 5, 5],
  anchors: { side: 8, octaveScales: 1, ratios: [0.5, 1, 2] },
} as const;

/** Test-time counts of torchvision; pairs take them too. */
const THOUSAND: ProposalCounts = { candidatesPerLevel: 1000, proposals: 1000 };

export interface TorchvisionFasterRcnnOptions {
  /**
   * `torchvision`: anchors at its ⌊image / grid⌋ steps, so that detections on any image are torchvision's. Default: at
   * powers of two, which scale pairs need.
   */
  readonly compat?: 'torchvision';
  /** Whether the weights are torchvision's released COCO_V1: there the batch norms' ε is 0 (its `overwrite_eps`). */
  readonly coco?: boolean;
}

/**
 * torchvision's `fasterrcnn_resnet50_fpn` for training on ImageNet weights: 3 trainable stages, frozen norms. For its
 * released COCO weights take 90 classes (label k is COCO's id k + 1) and `{ compat: 'torchvision', coco: true }`.
 */
export function torchvisionFasterRcnn(
  classes: number,
  backbone: ResNetName = 'resnet50',
  { compat, coco = false }: TorchvisionFasterRcnnOptions = {},
): FasterRcnnSettings {
  return {
    classes,
    backbone: { name: backbone, trainableStages: 3, trainableNorm: false, normEpsilon: coco ? 0 : 1e-5 },
    fpn: { channels: 256, lateralGain: 1 },
    initialization: 'torchvision',
    anchors: {
      kind: 'torchvision',
      ...SHARED.anchors,
      centerOffset: 0,
      strides: compat === 'torchvision' ? 'derived' : 'fixed',
    },
    rpn: {
      matching: { foregroundIou: 0.7, backgroundIou: 0.3, lowQuality: 'own-best' },
      sampling: SHARED.sampling,
      nmsIou: 0.7,
      minSize: 1e-3,
      training: { candidatesPerLevel: 2000, proposals: 2000 },
      testing: THOUSAND,
      pairs: THOUSAND,
    },
    roi: {
      hidden: 1024,
      poolSize: 7,
      samplingRatio: 2,
      aligned: false,
      levels: 'torchvision',
      matching: SHARED.regionMatching,
      sampling: SHARED.regionSampling,
      deltaWeights: SHARED.deltaWeights,
    },
    boxes: { smoothL1Beta: 1 / 9, clampSides: 'upper' },
    detection: { scoreThreshold: 0.05, minSize: 1e-2, nmsIou: 0.5, maxDetections: 100 },
  };
}

/**
 * mmdetection's `faster-rcnn_r50_fpn` (and detectron2's): exact anchors, L1, RoIAlign with `aligned` and adaptive
 * sampling, 1000 proposals in training too, an anchor is a box's best only from an IoU of 0.3 on. The paper's and most
 * semi-supervised results are of this family. Its images are normalized otherwise where its backbone is of caffe: see
 * `imageBatch`'s options.
 */
export function mmdetectionFasterRcnn(classes: number, backbone: ResNetName = 'resnet50'): FasterRcnnSettings {
  const base = torchvisionFasterRcnn(classes, backbone);
  return {
    ...base,
    initialization: 'mmdetection',
    anchors: { ...base.anchors, kind: 'exact', strides: 'fixed' },
    rpn: {
      ...base.rpn,
      matching: { foregroundIou: 0.7, backgroundIou: 0.3, lowQuality: 'forced', lowQualityIou: 0.3 },
      minSize: 0,
      training: { candidatesPerLevel: 2000, proposals: 1000 },
    },
    roi: { ...base.roi, samplingRatio: 0, aligned: true, levels: 'mmdetection' },
    boxes: { smoothL1Beta: 0, clampSides: 'both' },
    detection: { ...base.detection, minSize: 0 },
  };
}

/**
 * A narrow Faster R-CNN that trains on two CPU cores: EfficientNet-Lite0 from its 24 channels at stride 4 on, a pyramid
 * of 64 channels, fully connected layers of 256. Fewer regions, since they and not the backbone are what costs. See
 * `lite0RetinaNet` for lateral gain and anchors.
 */
export function lite0FasterRcnn(classes: number): FasterRcnnSettings {
  const base = mmdetectionFasterRcnn(classes);
  return {
    ...base,
    backbone: { name: 'efficientnet-lite0', trainableStages: 3, trainableNorm: true, normEpsilon: 1e-3 },
    fpn: { channels: 64, lateralGain: 0.1 },
    initialization: 'he',
    anchors: { ...base.anchors, side: 6, centerOffset: 0.5 },
    rpn: {
      ...base.rpn,
      training: { candidatesPerLevel: 1000, proposals: 500 },
      testing: { candidatesPerLevel: 500, proposals: 300 },
      pairs: { candidatesPerLevel: 500, proposals: 200 },
    },
    roi: { ...base.roi, hidden: 256, samplingRatio: 2, sampling: { count: 128, positiveFraction: 0.25 } },
  };
}
