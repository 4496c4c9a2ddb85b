/** Every number of a RetinaNet. Plain JSON, so that a config file or a run folder can hold it. */
import type { BackboneName } from '../backbones/create.ts';
import type { ResNetName } from '../backbones/resnet.ts';
import type { AnchorSettings } from '../dense/anchors.ts';
import type { MatchingSettings } from '../dense/matcher.ts';

export interface RetinaNetSettings {
  /** Number of classes; each has its own sigmoid, background has none. */
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
    /** Channels of P3 to P7. */
    readonly channels: number;
    /** What P6 is a stride-2 convolution of: the pyramid's P5 or the backbone's C5. */
    readonly extra: 'p5' | 'c5';
    /** Whether a ReLU stands between P6 and P7. */
    readonly reluBeforeP7: boolean;
    /** Factor on the fresh 1x1 lateral kernels; has no effect on loaded weights. */
    readonly lateralGain: number;
  };
  readonly head: {
    /** 3x3 convolutions before the output convolution, in each of the two towers. */
    readonly depth: number;
    /** Channels of the towers. */
    readonly channels: number;
    /** Score of every class at the start: the output bias is -log((1 - prior) / prior). Focal loss, section 4.1. */
    readonly prior: number;
  };
  /** Distributions of fresh weights in pyramid and towers (the output convolutions are N(0, .01) in both). */
  readonly initialization: 'torchvision' | 'he';
  readonly anchors: AnchorSettings;
  readonly matching: Omit<MatchingSettings, 'lowQualityIou'>;
  readonly loss: {
    /** Focal loss: weight of positives; negatives get 1 - alpha. */
    readonly focalAlpha: number;
    /** Focal loss: exponent of 1 - p. */
    readonly focalGamma: number;
    /** Divide by the positives of each image and average over images, or by the positives of the batch; at least 1. */
    readonly normalizer: 'image' | 'batch';
  };
  readonly detection: {
    /** Scores must be above this. */
    readonly scoreThreshold: number;
    /** Candidates kept a level. */
    readonly candidatesPerLevel: number;
    /** Candidates narrower or lower than this are dropped, in pixels. Default 0: none is. */
    readonly minSize?: number;
    /** Of two boxes of one class with a greater IoU, the one with the lower score goes. */
    readonly nmsIou: number;
    /** Detections kept an image. */
    readonly maxDetections: number;
  };
}

const cubeRootScales = { octaveScales: 3, ratios: [0.5, 1, 2] } as const;

/**
 * torchvision's `retinanet_resnet50_fpn` (V1) for training on ImageNet weights: 3 trainable stages, frozen norms.
 * For its released COCO weights set `backbone.normEpsilon` to 0 and `classes` to 91.
 */
export function torchvisionRetinaNet(classes: number, backbone: ResNetName = 'resnet50'): RetinaNetSettings {
  return {
    classes,
    backbone: { name: backbone, trainableStages: 3, trainableNorm: false, normEpsilon: 1e-5 },
    fpn: { channels: 256, extra: 'p5', reluBeforeP7: true, lateralGain: 1 },
    head: { depth: 4, channels: 256, prior: 0.01 },
    initialization: 'torchvision',
    anchors: { kind: 'torchvision', side: 4, ...cubeRootScales, centerOffset: 0 },
    matching: { foregroundIou: 0.5, backgroundIou: 0.4, lowQuality: 'own-best' },
    loss: { focalAlpha: 0.25, focalGamma: 2, normalizer: 'image' },
    detection: { scoreThreshold: 0.05, candidatesPerLevel: 1000, nmsIou: 0.5, maxDetections: 300 },
  };
}

/**
 * mmdetection's `retinanet_r50_fpn` (and detectron2's, which has the ReLU before P7): exact anchors, P6 out of the
 * backbone's C5, one normalizer for the batch, 100 detections. Its images are normalized otherwise where its backbone
 * is of Caffe: see `openWeights`.
 */
export function mmdetectionRetinaNet(classes: number, backbone: ResNetName = 'resnet50'): RetinaNetSettings {
  const base = torchvisionRetinaNet(classes, backbone);
  return {
    ...base,
    fpn: { ...base.fpn, extra: 'c5', reluBeforeP7: false },
    anchors: { ...base.anchors, kind: 'exact', strides: 'fixed' },
    matching: { ...base.matching, lowQuality: 'forced' },
    loss: { ...base.loss, normalizer: 'batch' },
    // a box that the image's border has cut to nothing is none
    detection: { ...base.detection, minSize: 1e-6, maxDetections: 100 },
  };
}

/**
 * A narrow RetinaNet that trains on two CPU cores: EfficientNet-Lite0, pyramid and towers of 64 channels, two
 * convolutions a tower. Anchors of 3 strides find objects of 20 pixels in images of 320; sides of 4 do not. The
 * backbone's outputs spread over 2 to 9, so laterals start at a tenth: at 1 the first gradient norm is 1,800.
 */
export function lite0RetinaNet(classes: number): RetinaNetSettings {
  return {
    classes,
    backbone: { name: 'efficientnet-lite0', trainableStages: 3, trainableNorm: true, normEpsilon: 1e-3 },
    fpn: { channels: 64, extra: 'p5', reluBeforeP7: true, lateralGain: 0.1 },
    head: { depth: 2, channels: 64, prior: 0.01 },
    initialization: 'he',
    anchors: { kind: 'exact', side: 3, ...cubeRootScales, centerOffset: 0.5 },
    matching: { foregroundIou: 0.5, backgroundIou: 0.4, lowQuality: 'forced' },
    loss: { focalAlpha: 0.25, focalGamma: 2, normalizer: 'batch' },
    detection: { scoreThreshold: 0.05, candidatesPerLevel: 1000, nmsIou: 0.5, maxDetections: 100 },
  };
}
