import { fixture } from '../testing/hashed.ts';
import { gridAnchors } from './anchors.ts';
import { BACKGROUND, IGNORED, matchAnchors } from './matcher.ts';
import { lite0RetinaNet, torchvisionRetinaNet, type RetinaNetSettings } from '../retinanet/settings.ts';

interface Golden {
  side: number;
  targets: { boxes: number[]; labels: number[] }[];
  matches: [number, number][][];
  forcedMatches: [number, number][][];
}
const golden = await fixture<Golden>('retinanet-units');

function sparseMatches({ anchors, matching }: RetinaNetSettings, boxes: number[]): number[][] {
  const all = [8, 16, 32, 64, 128].flatMap((stride) => {
    const cells = golden.side / stride;
    return [...gridAnchors(anchors, { stride, height: cells, width: cells })];
  });
  const matches = matchAnchors(Float32Array.from(all), Float32Array.from(boxes), matching);
  return [...matches].flatMap((match, i) => (match === BACKGROUND ? [] : [[i, match]]));
}

test.each([0, 1, 2])('image %d: every anchor gets torchvision’s match', (i) => {
  const { boxes } = golden.targets[i]!;
  expect(sparseMatches(torchvisionRetinaNet(3), boxes)).toEqual(golden.matches[i]);
});

test.each([0, 1, 2])('image %d: the best anchors of a box can be forced to it', (i) => {
  const { boxes } = golden.targets[i]!;
  expect(sparseMatches(lite0RetinaNet(3), boxes)).toEqual(golden.forcedMatches[i]);
});

const matching = { foregroundIou: 0.5, backgroundIou: 0.4, lowQuality: 'none' } as const;
const anchors = Float32Array.of(0, 0, 10, 10, 0, 0, 10, 20, 100, 100, 110, 110);

test('thresholds are inclusive at the bottom', () => {
  // IoU 0.5 with the second anchor, 1 with the first; then 0.4 with the first
  expect([...matchAnchors(anchors, Float32Array.of(0, 0, 10, 10), matching)]).toEqual([0, 0, BACKGROUND]);
  expect([...matchAnchors(anchors, Float32Array.of(0, 0, 10, 4), matching)]).toEqual([IGNORED, BACKGROUND, BACKGROUND]);
});

test('a box that touches no anchor matches none', () => {
  const far = Float32Array.of(500, 500, 510, 510);
  expect([...matchAnchors(anchors, far, { ...matching, lowQuality: 'own-best' })]).toEqual([-1, -1, -1]);
});

test('forced and own-best differ where two boxes claim one anchor', () => {
  const boxes = Float32Array.of(0, 0, 10, 9, 0, 0, 3, 3);
  const one = anchors.subarray(0, 4);
  expect([...matchAnchors(one, boxes, { ...matching, lowQuality: 'own-best' })]).toEqual([0]);
  expect([...matchAnchors(one, boxes, { ...matching, lowQuality: 'forced' })]).toEqual([1]);
});

test('a box takes its best anchors by force only from an IoU of lowQualityIou on', () => {
  // IoU 0.25 with the first anchor, less with the second
  const small = Float32Array.of(0, 0, 5, 5);
  const forced = { ...matching, lowQuality: 'forced' } as const;
  expect([...matchAnchors(anchors, small, forced)]).toEqual([0, BACKGROUND, BACKGROUND]);
  expect([...matchAnchors(anchors, small, { ...forced, lowQualityIou: 0.25 })]).toEqual([0, BACKGROUND, BACKGROUND]);
  expect([...matchAnchors(anchors, small, { ...forced, lowQualityIou: 0.3 })]).toEqual([
    BACKGROUND,
    BACKGROUND,
    BACKGROUND,
  ]);
});

test('of boxes that fit an anchor equally well the first is taken, as torch takes the first of equals', () => {
  const twice = Float32Array.of(0, 0, 10, 10, 0, 0, 10, 10);
  expect(matchAnchors(anchors.subarray(0, 4), twice, { ...matching, lowQuality: 'none' })[0]).toBe(0);
});
