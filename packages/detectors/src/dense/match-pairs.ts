/** Which objects the rows of a dense pair answer for. */
import type { PairMatches, Target } from '../types.ts';
import type { Grid } from './anchors.ts';
import { matchAnchors, type MatchingSettings } from './matcher.ts';
import type { DenseForward } from './levels.ts';
import { checkTarget, checkTargetCount } from './targets.ts';

/**
 * Matches the anchors of the full view as training does, all levels together (a box's best anchor may be on a level
 * without a partner), and gives the matches of the levels that `scalePairs` pairs, in the order of its rows: level,
 * image, y, x, anchor.
 * @throws for targets that are not one an image, and for a bad one
 */
export function matchDensePair(
  name: string,
  full: DenseForward,
  shift: number,
  targets: readonly Target[],
  classes: number,
  anchorsOf: (grid: Grid) => Float32Array,
  matching: MatchingSettings,
): PairMatches {
  checkTargetCount('matchScalePairs', targets, full.batch);
  targets.forEach((target, image) => checkTarget(target, image, classes));
  const levels = full.levels.map(anchorsOf);
  const counts = levels.map((anchors) => anchors.length / 4);
  const all = new Float32Array(levels.reduce((sum, anchors) => sum + anchors.length, 0));
  levels.reduce((at, anchors) => (all.set(anchors, at), at + anchors.length), 0);
  const perImage = targets.map(({ boxes }) => matchAnchors(all, boxes, matching));

  const rows = targets.length * counts.slice(shift).reduce((a, b) => a + b, 0);
  const found = { images: new Int32Array(rows), levels: new Int32Array(rows), matches: new Int32Array(rows) };
  let row = 0;
  let begin = 0;
  counts.forEach((count, l) => {
    if (l >= shift) {
      perImage.forEach((matches, image) => {
        found.images.fill(image, row, row + count);
        found.levels.fill(Math.log2(full.levels[l]!.stride), row, row + count);
        found.matches.set(matches.subarray(begin, begin + count), row);
        row += count;
      });
    }
    begin += count;
  });
  return { name, ...found };
}
