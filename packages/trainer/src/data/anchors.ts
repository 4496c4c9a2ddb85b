/** What the anchors of a run's detector can find, at the size at which it tests. */
import { anchorValidRange, type AnchorGrid, type SizeRange, type TestSize } from '@sed/datasets-coco/stats';
import { baseAnchors, type AnchorSettings, type ArchitectureFacts } from '@sed/detectors';
import type { RunConfig } from '../config/schema.ts';
import { DETECTOR_FACTS } from '../run/detector.ts';

/** What a detector's anchors can find. */
export interface AnchorView {
  /** Least and greatest size √(w·h) of an object, in pixels. */
  readonly range: SizeRange;
  readonly grid: AnchorGrid;
  /** How the range came about. */
  readonly note: string;
}

/** A detector with anchors: not all have them, so ask, `'anchors' in config.detector`. */
export type AnchoredDetector = Extract<RunConfig['detector'], { anchors: unknown }>;

/** The anchors of a run's detector. */
export function configuredAnchors(detector: AnchoredDetector): AnchorView {
  const { kind, anchors } = detector;
  const { levels, finestLevel } = DETECTOR_FACTS[kind];
  const strides = Array.from({ length: levels }, (_, i) => 2 ** (finestLevel + i));
  const sides = strides.flatMap((stride) =>
    Array.from({ length: anchors.octaveScales }, (_, k) => anchors.side * stride * 2 ** (k / anchors.octaveScales)),
  );
  const iou = ('matching' in detector ? detector.matching : detector.rpn.matching).foregroundIou;
  return {
    range: anchorValidRange(sides, iou),
    grid: anchorGrid(anchors, DETECTOR_FACTS[kind]),
    note: `The valid range is that of the config’s ${kind}: anchors of ${Math.min(...sides)} to ${Number(Math.max(...sides).toFixed(1))} pixels at an IoU of ${iou}.`,
  };
}

/** The shapes of the anchors on each level. */
export function anchorGrid(
  anchors: AnchorSettings,
  { levels, finestLevel }: Pick<ArchitectureFacts, 'levels' | 'finestLevel'>,
): AnchorGrid {
  return {
    centerOffset: anchors.centerOffset,
    levels: Array.from({ length: levels }, (_, i) => {
      const level = finestLevel + i;
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

/**
 * The size at which a run tests: `test` or the upper end of `short-edge`, `fit` at scale 1. Both follow the same rule.
 */
export function testSizeOf(resize: RunConfig['input']['resize']): TestSize {
  if (resize.kind === 'fit') return { short: resize.short, long: resize.long };
  return resize.test ?? { short: resize.short[1], long: resize.long };
}
