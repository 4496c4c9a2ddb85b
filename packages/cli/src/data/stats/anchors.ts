import type { AnchorGrid, SizeRange, TestSize } from '@sed/datasets-coco';
import { anchorValidRange, PAPER_VALID_RANGE } from '@sed/datasets-coco';
import { baseAnchors, torchvisionRetinaNet, type AnchorSettings } from '@sed/detectors';
import type { RunConfig } from '@sed/trainer';

/** What a detector's anchors can find. */
export interface AnchorView {
  readonly range: SizeRange;
  readonly grid: AnchorGrid;
  /** How the range came about. */
  readonly note: string;
}

/** Levels of the pyramids: strides of 8 to 128 pixels, and of 4 to 64. */
const LEVELS = { retinanet: [3, 4, 5, 6, 7], 'faster-rcnn': [2, 3, 4, 5, 6] } as const;

/** The paper's range (Fig 5); levels by torchvision's RetinaNet, the anchors of COCO's recipes. */
export function paperAnchors(): AnchorView {
  return {
    range: PAPER_VALID_RANGE,
    grid: gridOf(torchvisionRetinaNet(1).anchors, LEVELS.retinanet),
    note: 'The valid range is the paper’s, of anchors from 32 to 512 pixels at an IoU of 0.5; the levels are those of torchvision’s RetinaNet.',
  };
}

/** The anchors of a run's detector. */
export function configuredAnchors(detector: RunConfig['detector']): AnchorView {
  const { kind, anchors } = detector;
  const sides = LEVELS[kind].flatMap((level) =>
    Array.from({ length: anchors.octaveScales }, (_, k) => anchors.side * 2 ** level * 2 ** (k / anchors.octaveScales)),
  );
  const iou = (detector.kind === 'retinanet' ? detector.matching : detector.rpn.matching).foregroundIou;
  return {
    range: anchorValidRange(sides, iou),
    grid: gridOf(anchors, LEVELS[kind]),
    note: `The valid range is that of the config’s ${kind}: anchors of ${Math.min(...sides)} to ${Number(Math.max(...sides).toFixed(1))} pixels at an IoU of ${iou}.`,
  };
}

function gridOf(anchors: AnchorSettings, levels: readonly number[]): AnchorGrid {
  return {
    centerOffset: anchors.centerOffset,
    levels: levels.map((level) => {
      const boxes = baseAnchors(anchors, 2 ** level);
      return {
        level,
        stride: 2 ** level,
        shapes: Array.from({ length: boxes.length / 4 }, (_, i) => [
          boxes[4 * i + 2]! - boxes[4 * i]!,
          boxes[4 * i + 3]! - boxes[4 * i + 1]!,
        ]),
      };
    }),
  };
}

/** The size at which a run tests: `short-edge` at the upper end, `fit` at scale 1. Both follow the same rule. */
export function testSizeOf(resize: RunConfig['input']['resize']): TestSize {
  return { short: resize.kind === 'short-edge' ? resize.short[1] : resize.short, long: resize.long };
}
