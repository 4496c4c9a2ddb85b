/** Which anchors answer for which boxes, what is drawn of them, and which rows of two views belong together. */
const MATCHER = 'packages/detectors/src/dense/matcher.ts';
const TARGETS = 'packages/detectors/src/dense/targets.ts';
const PAIRS = 'packages/detectors/src/dense/pairs.ts';
const REGIONS = 'packages/detectors/src/faster-rcnn/region-losses.ts';
const RPN = 'packages/detectors/src/faster-rcnn/rpn-losses.ts';
const REGION_PAIRS = 'packages/detectors/src/faster-rcnn/pairs.ts';
const matcher = [['detectors', 'dense/matcher']];
const retinaNet = [['detectors', 'retinanet/losses']];
const fasterRcnn = [['detectors', 'faster-rcnn/torchvision']];
const whole = [['integration', 'whole-step', 'wasm.*retinanet']];
const twoStages = [['integration', 'whole-step', 'wasm.*faster-rcnn']];

export const matching = [
  {
    name: 'match-foreground-exclusive',
    file: MATCHER,
    find: 'best[n]! < high ? IGNORED',
    replace: 'best[n]! <= high ? IGNORED',
    why: 'An anchor whose IoU is the very threshold is ignored.',
    tests: matcher,
  },
  {
    name: 'match-none-ignored',
    file: MATCHER,
    find: 'best[n]! < high ? IGNORED',
    replace: 'best[n]! < high ? BACKGROUND',
    why: 'Anchors between the thresholds are background.',
    tests: matcher,
  },
  {
    name: 'match-last-of-ties',
    file: MATCHER,
    find: 'if (iou > best[n]!) {',
    replace: 'if (iou >= best[n]!) {',
    why: 'Of boxes that fit an anchor equally well the last one is taken.',
    tests: matcher,
  },
  {
    name: 'match-low-quality-swapped',
    file: MATCHER,
    find: "lowQuality === 'forced' ? g : bestBox[n]!",
    replace: "lowQuality === 'forced' ? bestBox[n]! : g",
    why: "torchvision's and mmdetection's rules for boxes that no anchor fits are exchanged.",
    tests: matcher,
  },
  {
    name: 'match-one-of-ties',
    file: MATCHER,
    find: '        holders[g]!.push(n);',
    replace: '        if (holders[g]!.length < 1) holders[g]!.push(n);',
    why: 'Of anchors that fit a box equally well only the first is kept.',
    tests: matcher,
  },
  {
    name: 'targets-ignored-counted',
    file: TARGETS,
    find: 'if (match !== IGNORED) classificationWeights[row] = weight;',
    replace: 'classificationWeights[row] = weight;',
    why: 'Ignored anchors enter the classification loss.',
    tests: retinaNet,
  },
  {
    name: 'targets-normalizers-swapped',
    file: TARGETS,
    find: "normalizer === 'batch' ?",
    replace: "normalizer !== 'batch' ?",
    why: 'The positives of the batch and of the image are exchanged as normalizers.',
    tests: retinaNet,
  },
  {
    name: 'rpn-mean-over-positives',
    file: RPN,
    find: 'goals.weights[row] = goals.boxWeights[row] = weight;',
    replace: 'goals.weights[row] = weight;\n      goals.boxWeights[row] = 1 / Math.max(1, positives.length);',
    why: 'The boxes of the first stage are averaged over the anchors with an object, not over all drawn.',
    tests: fasterRcnn,
  },
  {
    name: 'regions-without-true-boxes',
    file: REGIONS,
    find: 'joinBoxes([proposals[b]!, target.boxes])',
    replace: 'joinBoxes([proposals[b]!])',
    why: 'The true boxes are not among the regions of the second stage.',
    tests: fasterRcnn,
  },
  {
    name: 'sampler-too-many-negatives',
    file: 'packages/detectors/src/faster-rcnn/sampler.ts',
    find: 'draw(negatives, count - chosen.length)',
    replace: 'draw(negatives, count)',
    why: 'Background is drawn beyond the number asked for.',
    tests: [['detectors', 'faster-rcnn/sampler']],
  },
  {
    name: 'sampler-not-random',
    file: 'packages/detectors/src/faster-rcnn/sampler.ts',
    find: '(k) => rows[k]!',
    replace: '(_, k) => rows[k]!',
    why: 'The first rows are taken instead of random ones.',
    tests: [['detectors', 'faster-rcnn/sampler']],
  },
  {
    name: 'pairs-same-level',
    file: PAIRS,
    find: 'rowsOfLevels(full, shift)',
    replace: 'rowsOfLevels(full, 0, b.length)',
    why: 'Levels of one name are paired, not levels of one size.',
    tests: whole,
  },
  {
    name: 'pairs-proposals-not-enlarged',
    file: REGION_PAIRS,
    find: 'const factor = 2 ** shift;',
    replace: 'const factor = 1;',
    why: 'Proposals of the reduced view are taken as they are to the full one.',
    tests: twoStages,
  },
];
