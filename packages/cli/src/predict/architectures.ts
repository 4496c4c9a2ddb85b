/** From the name of an architecture and the shapes in a file of weights to a detector's settings. */
import {
  createFasterRcnn,
  createRetinaNet,
  lite0FasterRcnn,
  lite0RetinaNet,
  torchvisionFasterRcnn,
  torchvisionRetinaNet,
  type BackboneName,
  type Detector,
  type StateDict,
} from '@sed/detectors';
import { UsageError } from '../errors.ts';
import type { Outputs } from './categories.ts';

const BACKBONES = ['resnet18', 'resnet34', 'resnet50', 'resnet101', 'efficientnet-lite0'] as const;

export interface Architecture {
  readonly kind: 'retinanet' | 'fasterrcnn';
  readonly backbone: BackboneName;
}

/** `retinanet`, `fasterrcnn-resnet18`, or torchvision's `fasterrcnn_resnet50_fpn`; without a backbone it is ResNet-50. */
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
 * Classes, channels and depth are read off the shapes of the weights. ResNets are torchvision's to the last detection: its anchors, its
 * numbers of detections (300 and 100).
 * @param normEpsilon ε of the batch norms, where the caller knows it
 */
export function detectorFor(
  { kind, backbone }: Architecture,
  weights: StateDict,
  path: string,
  normEpsilon?: number,
): BuiltDetector {
  const shape = (name: string) => weights.get(name)?.shape ?? weights.get(`module.${name}`)?.shape;
  const channels =
    shape('backbone.fpn.layer_blocks.0.0.weight')?.[0] ?? shape('backbone.fpn.layer_blocks.0.weight')?.[0];
  const logits = shape('head.classification_head.cls_logits.weight');
  const classifier = shape('roi_heads.box_predictor.cls_score.weight');
  if (kind === 'retinanet') {
    if (!logits)
      throw missing(path, 'RetinaNet', 'head.classification_head.cls_logits.weight', !!classifier && 'Faster R-CNN');
    const base = backbone === 'efficientnet-lite0' ? lite0RetinaNet(1) : torchvisionRetinaNet(1, backbone);
    const anchors = base.anchors.octaveScales * base.anchors.ratios.length;
    const classes = whole(
      logits[0]! / anchors,
      `${path} has ${logits[0]} class outputs, which ${anchors} anchors a cell do not divide.`,
    );
    const towers = [...weights.keys()].filter((name) => /classification_head\.conv\.\d+(\.0)?\.weight$/.test(name));
    const epsilon = epsilonOf(weights, backbone, classes === 91, normEpsilon);
    const detector = createRetinaNet({
      ...base,
      classes,
      backbone: { ...base.backbone, ...epsilon.setting },
      fpn: { ...base.fpn, channels: channels ?? base.fpn.channels },
      head: { ...base.head, depth: towers.length, channels: logits[1]! },
      anchors: backbone === 'efficientnet-lite0' ? base.anchors : { ...base.anchors, strides: 'derived' },
    });
    return { detector, classes, firstId: 0, ...epsilon.note };
  }
  if (!classifier)
    throw missing(path, 'Faster R-CNN', 'roi_heads.box_predictor.cls_score.weight', !!logits && 'RetinaNet');
  const base =
    backbone === 'efficientnet-lite0'
      ? lite0FasterRcnn(1)
      : torchvisionFasterRcnn(1, backbone, { compat: 'torchvision' });
  const classes = classifier[0]! - 1;
  const fpn = { ...base.fpn, channels: channels ?? base.fpn.channels };
  const fc6 = shape('roi_heads.box_head.fc6.weight');
  if (!fc6) {
    throw new Error(
      `${path} has no roi_heads.box_head.fc6.weight: its head is not two fully connected layers. torchvision's fasterrcnn_resnet50_fpn_v2 is ` +
        'another network and not built here.',
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

/**
 * ε of the batch norms, which no file tells. torchvision sets it to 0 for its released COCO weights alone. Those have frozen norms, which
 * count no batches, and COCO's number of outputs.
 */
function epsilonOf(
  weights: StateDict,
  backbone: BackboneName,
  coco: boolean,
  given: number | undefined,
): { setting: { normEpsilon?: number }; note: { note?: string } } {
  if (given !== undefined) return { setting: { normEpsilon: given }, note: {} };
  const counts = [...weights.keys()].some((name) => name.endsWith('.num_batches_tracked'));
  if (backbone === 'efficientnet-lite0' || !coco || counts) return { setting: {}, note: {} };
  return {
    setting: { normEpsilon: 0 },
    note: {
      note:
        "Frozen batch norms and COCO's outputs: taken for torchvision's released weights, whose norms have an epsilon of 0. " +
        'For other weights give --norm-epsilon 1e-5.',
    },
  };
}

function missing(path: string, what: string, name: string, other: string | false): Error {
  return new Error(
    `${path} has no ${name}: it is not a whole ${what} ` +
      (other ? `but a ${other} (--model).` : '(the weights of a backbone alone detect nothing).'),
  );
}

function whole(value: number, message: string): number {
  if (!Number.isInteger(value)) throw new Error(message);
  return value;
}
