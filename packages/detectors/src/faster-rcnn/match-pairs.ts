/** Which objects the rows of both stages' pairs answer for. */
import { joinBoxes, pickBoxes, scaleBoxes } from '@sed/geometry';
import type { Regions } from '@sed/tensor-ops';
import { matchDensePair } from '../dense/match-pairs.ts';
import { BACKGROUND, matchAnchors } from '../dense/matcher.ts';
import type { PairMatches, Target } from '../types.ts';
import type { FasterRcnnContext } from './context.ts';
import type { FasterRcnnForward } from './forward.ts';
import { ownPredictions, ROI, RPN } from './pairs.ts';

/**
 * `rpn`: the anchors of the full view, by the RPN's matching. `roi`: the proposals of the full view, then those of the
 * reduced one, 2^shift times as large, by the second stage's.
 */
export function matchScalePairs(
  full: FasterRcnnForward,
  reduced: FasterRcnnForward,
  shift: number,
  targets: readonly Target[],
  context: FasterRcnnContext,
): PairMatches[] {
  const { settings, anchorsOf } = context;
  const rpn = matchDensePair(RPN.pair.name, full, shift, targets, settings.classes, anchorsOf, settings.rpn.matching);
  const [own, other] = [ownPredictions(full, context).regions, ownPredictions(reduced, context).regions];
  const regions: Regions = {
    boxes: joinBoxes([own.boxes, scaleBoxes(other.boxes, 2 ** shift)]),
    images: Int32Array.of(...own.images, ...other.images),
  };
  return [rpn, { name: ROI.name, images: regions.images, matches: matchRegions(regions, targets, context) }];
}

function matchRegions(
  { boxes, images }: Regions,
  targets: readonly Target[],
  { settings }: FasterRcnnContext,
): Int32Array {
  const matches = new Int32Array(images.length).fill(BACKGROUND);
  targets.forEach((target, image) => {
    const rows = [...images.keys()].filter((row) => images[row] === image);
    const found = matchAnchors(pickBoxes(boxes, rows), target.boxes, settings.roi.matching);
    rows.forEach((row, i) => (matches[row] = found[i]!));
  });
  return matches;
}
