/** Boxes, suppression, assignment and random streams. */
const DELTAS = 'packages/geometry/src/boxes/deltas.ts';
const NMS = 'packages/geometry/src/boxes/nms.ts';
const STREAM = 'packages/geometry/src/random-stream.ts';
const deltas = [['geometry', 'boxes/boxes']];
const nms = [['geometry', 'boxes/nms']];
const stream = [['geometry', 'random-stream']];

export const geometry = [
  {
    name: 'deltas-corner-for-center',
    file: DELTAS,
    find: '(weights[0] * (boxes[i]! + boxWidth / 2 - references[i]! - width / 2)) / width',
    replace: '(weights[0] * (boxes[i]! - references[i]!)) / width',
    why: 'dx is taken between corners.',
    tests: deltas,
  },
  {
    name: 'deltas-clamp-below',
    file: DELTAS,
    find: "clampSides === 'both' ? -clamp : -Infinity",
    replace: '-clamp',
    why: 'dw and dh are bounded from below where they should not be.',
    tests: deltas,
  },
  {
    name: 'nms-at-threshold',
    file: NMS,
    find: '> iouThreshold) return true',
    replace: '>= iouThreshold) return true',
    why: 'A box whose IoU is the very threshold goes.',
    tests: nms,
  },
  {
    name: 'nms-across-groups',
    file: NMS,
    find: 'let group = slot.get(groups[i]!);',
    replace: 'let group = slot.get(groups[0]!);',
    why: 'Boxes of different groups suppress each other.',
    tests: nms,
  },
  {
    name: 'assignment-potentials-not-moved',
    file: 'packages/geometry/src/linear-assignment.ts',
    find: 'if (done[column]) columnPotential[column]! -= shortest - distance[column]!;',
    replace: 'if (done[column] && column < 0) columnPotential[column]! -= shortest - distance[column]!;',
    why: 'The assignment is greedy where it should reconsider.',
    tests: [['geometry', 'linear-assignment']],
  },
  {
    name: 'stream-biased-permutation',
    file: STREAM,
    find: 'const j = integer(i + 1);',
    replace: 'const j = integer(n);',
    why: 'Permutations are not equally likely, and another sequence is drawn.',
    tests: stream,
  },
  {
    name: 'queries-weights-swapped',
    file: 'packages/geometry/src/assign-boxes.ts',
    find: 'classCosts[i]! * classWeight + (1 - g) * iouWeight',
    replace: 'classCosts[i]! * iouWeight + (1 - g) * classWeight',
    why: 'The weights of class and box are exchanged in the cost of a match.',
    tests: [['geometry', 'assign-boxes']],
  },
  {
    name: 'queries-overlap-repels',
    file: 'packages/geometry/src/assign-boxes.ts',
    find: '(1 - g) * iouWeight',
    replace: '(1 + g) * iouWeight',
    why: 'Boxes that overlap cost more.',
    tests: [['geometry', 'assign-boxes']],
  },
];
