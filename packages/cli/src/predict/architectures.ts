/** From the name of an architecture and the shapes in a file of weights to a detector's settings. */
import {
  createFasterRcnn,
  createRetinaNet,
  lite0FasterRcnn,
  lite0RetinaNet,
  torchvisionFasterRcnn,
  torchvisionRetinaNet,
  type BackboneName,
  mmdetectionFasterRcnn,
  mmdetectionRetinaNet,
  type Detector,
  type FasterRcnnSettings,
  type RetinaNetSettings,
} from '@sed/detectors';
import { type NamedWeights, type OpenedWeights } from '@sed/detectors/weights';
import { UsageError } from '../errors.ts';
import type { Outputs } from './categories.ts';

const BACKBONES = ['resnet18', 'resnet34', 'resnet50', 'resnet101', 'efficientnet-lite0'] as const;

export interface Architecture {
  readonly kind: 'retinanet' | 'fasterrcnn';
  readonly backbone: BackboneName;
}

/**
 * `retinanet`, `fasterrcnn-resnet18`, or torchvision's `fasterrcnn_resnet50_fpn`; without a backbone it is ResNet-50.
 */
export function architectureOf(model: string): Architecture {
  const match = /^(retinanet|faster-?rcnn)(?:[-_](.+?))?(?:[-_]fpn)?$/i.exec(model);
  const name = match?.[2] ?? 'resnet50';
  const backbone = BACKBONES.find((b) => b === name.toLowerCase());
  if (match && backbone !== undefined) {
    return { kind: match[1]!.toLowerCase() === 'retinanet' ? 'retinanet' : 'fasterrcnn', backbone };
  }
  if (/_v2$/.test(model)) {
    throw new UsageError(`--model is "${model}": torchvision's second versions are other networks and not built here.`);
  }
  throw new UsageError(
    `--model is "${model}"; there are fasterrcnn_resnet50_fpn and retinanet_resnet50_fpn, and fasterrcnn-<backbone> and ` +
      `retinanet-<backbone> with ${BACKBONES.join(', ')}.`,
  );
}

export interface BuiltDetector extends Outputs {
  readonly detector: Detector;
  /** What was concluded about the file that its shapes do not say. */
  readonly note?: string;
}

/**
 * Classes, channels and depth are read off the shapes of the weights. ResNets are torchvision's to the last detection,
 * or mmdetection's and detectron2's where the file has their names: anchors, RoIAlign, numbers of detections.
 * @param normEpsilon ε of the batch norms, where the caller knows it
 */
export function detectorFor(
  architecture: Architecture,
  weights: OpenedWeights,
  path: string,
  normEpsilon?: number,
): BuiltDetector {
  const { kind, backbone } = architecture;
  const { tensors, layout } = weights;
  const shape = (name: string) => tensors.get(name)?.shape;
  checkFamily(kind, weights, path);
  const channels =
    shape('backbone.fpn.layer_blocks.0.0.weight')?.[0] ?? shape('backbone.fpn.layer_blocks.0.weight')?.[0];
  if (kind === 'retinanet') {
    const logits = shape(HEAD.retinanet)!;
    const base = retinaNetOf(architecture, weights);
    const anchors = base.anchors.octaveScales * base.anchors.ratios.length;
    const classes = whole(
      logits[0]! / anchors,
      `${path} has ${logits[0]} class outputs, which ${anchors} anchors a cell do not divide.`,
    );
    const towers = [...tensors.keys()].filter((name) => /classification_head\.conv\.\d+(\.0)?\.weight$/.test(name));
    const epsilon = epsilonOf(weights, backbone, classes === 91, normEpsilon);
    const detector = createRetinaNet({
      ...base,
      classes,
      backbone: { ...base.backbone, ...epsilon.setting },
      fpn: { ...base.fpn, channels: channels ?? base.fpn.channels },
      head: { ...base.head, depth: towers.length, channels: logits[1]! },
    });
    return { detector, classes, firstId: layout === 'torchvision' ? 0 : 1, ...epsilon.note };
  }
  const base = fasterRcnnOf(architecture, weights);
  const classes = shape(HEAD.fasterrcnn)![0]! - 1;
  const fpn = { ...base.fpn, channels: channels ?? base.fpn.channels };
  const fc6 = shape('roi_heads.box_head.fc6.weight');
  if (!fc6) {
    throw new Error(
      `${path} has no roi_heads.box_head.fc6.weight: its head is not two fully connected layers. Its names are ` +
        `${listNames(weights.names)}. (torchvision's fasterrcnn_resnet50_fpn_v2 is another network and not built here.)`,
    );
  }
  const poolSize = whole(
    Math.sqrt(fc6[1]! / fpn.channels),
    `${path} has ${fc6[1]} inputs of roi_heads.box_head.fc6, which is no square of ${fpn.channels} channels.`,
  );
  const epsilon = epsilonOf(weights, backbone, classes === 90, normEpsilon);
  const detector = createFasterRcnn({
    ...base,
    classes,
    backbone: { ...base.backbone, ...epsilon.setting },
    fpn,
    roi: { ...base.roi, hidden: fc6[0]!, poolSize },
  });
  return { detector, classes, firstId: 1, ...epsilon.note };
}

/** Where a bottleneck of these weights has its stride. */
const strideOf = ({ images }: NamedWeights): { stride?: '1x1' } => (images === 'caffe' ? { stride: '1x1' } : {});

function retinaNetOf({ backbone }: Architecture, weights: NamedWeights): RetinaNetSettings {
  if (backbone === 'efficientnet-lite0') return lite0RetinaNet(1);
  if (weights.layout === 'torchvision') {
    const base = torchvisionRetinaNet(1, backbone);
    return { ...base, anchors: { ...base.anchors, strides: 'derived' } };
  }
  const base = mmdetectionRetinaNet(1, backbone);
  const first = weights.tensors.get('backbone.fpn.extra_blocks.p6.weight')?.shape[1];
  const channels = weights.tensors.get('backbone.fpn.layer_blocks.0.0.weight')?.shape[0];
  return {
    ...base,
    backbone: { ...base.backbone, ...strideOf(weights) },
    fpn: {
      ...base.fpn,
      extra: first !== undefined && first === channels ? 'p5' : 'c5',
      reluBeforeP7: weights.layout === 'detectron2',
    },
  };
}

function fasterRcnnOf({ backbone }: Architecture, weights: NamedWeights): FasterRcnnSettings {
  if (backbone === 'efficientnet-lite0') return lite0FasterRcnn(1);
  if (weights.layout === 'torchvision') return torchvisionFasterRcnn(1, backbone, { compat: 'torchvision' });
  const base = mmdetectionFasterRcnn(1, backbone);
  return {
    ...base,
    backbone: { ...base.backbone, ...strideOf(weights) },
    // both drop proposals that the image's border has cut to nothing
    rpn: { ...base.rpn, minSize: 1e-6 },
  };
}

/**
 * ε of the batch norms, which no file tells. torchvision sets it to 0 for its released COCO weights alone. Those have
 * frozen norms, which count no batches, and COCO's number of outputs.
 */
function epsilonOf(
  { tensors, layout }: NamedWeights,
  backbone: BackboneName,
  coco: boolean,
  given: number | undefined,
): { setting: { normEpsilon?: number }; note: { note?: string } } {
  if (given !== undefined) return { setting: { normEpsilon: given }, note: {} };
  const counts = [...tensors.keys()].some((name) => name.endsWith('.num_batches_tracked'));
  if (layout !== 'torchvision' || backbone === 'efficientnet-lite0' || !coco || counts)
    return { setting: {}, note: {} };
  return {
    setting: { normEpsilon: 0 },
    note: {
      note:
        "Frozen batch norms and COCO's outputs: taken for torchvision's released weights, whose norms have an epsilon of 0. " +
        'For other weights give --norm-epsilon 1e-5.',
    },
  };
}

/** The class outputs of each family, by torchvision's name; a file that lacks them is no whole detector of it. */
const HEAD = {
  retinanet: 'head.classification_head.cls_logits.weight',
  fasterrcnn: 'roi_heads.box_predictor.cls_score.weight',
} as const;
const FAMILY = { retinanet: 'RetinaNet', fasterrcnn: 'Faster R-CNN' } as const;

/** @throws with names that the file has, where it is not a whole detector of the family */
function checkFamily(kind: Architecture['kind'], { tensors, names }: OpenedWeights, path: string): void {
  if (tensors.has(HEAD[kind])) return;
  const other = kind === 'retinanet' ? 'fasterrcnn' : 'retinanet';
  const what = `${path} is not a whole ${FAMILY[kind]} (it has no ${HEAD[kind]})`;
  if (tensors.has(HEAD[other])) throw new Error(`${what} but a ${FAMILY[other]} (--model).`);
  const backbone = /^(?:backbone\.body\.)?(?:conv1|bn1|layer\d|fc|_conv_stem|_bn\d|_blocks|_conv_head|_fc)\./;
  if ([...tensors.keys()].every((name) => backbone.test(name))) {
    throw new Error(`${what} but a backbone alone, which detects nothing: its names are ${listNames(names)}.`);
  }
  throw new Error(
    `${what}. Its names are ${listNames(names)}; known are those of torchvision, mmdetection (2, 3) and detectron2, behind any prefix.`,
  );
}

/** A few of the names, spread over all of them. */
function listNames(names: readonly string[]): string {
  const most = 5;
  const step = Math.max(1, Math.floor(names.length / most));
  const shown = names.filter((_, i) => i % step === 0).slice(0, most);
  const rest = names.length - shown.length;
  const quoted = shown.map((name) => `"${name.length > 80 ? `${name.slice(0, 79)}…` : name}"`);
  return quoted.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

function whole(value: number, message: string): number {
  if (!Number.isInteger(value)) throw new Error(message);
  return value;
}
