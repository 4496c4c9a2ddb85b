/** Which objects the rows of scale pairs answer for: against IoUs by hand, row by row. */
import * as tf from '@tensorflow/tfjs';
import { hashedParameters, onEveryBackend, uniform } from '@sed/testing';
import { createFasterRcnn } from './faster-rcnn/faster-rcnn.ts';
import { lite0FasterRcnn } from './faster-rcnn/settings.ts';
import { reduceBatch } from './images/batch.ts';
import { createRetinaNet } from './retinanet/retinanet.ts';
import { BACKGROUND, IGNORED } from './dense/matcher.ts';
import { lite0RetinaNet } from './retinanet/settings.ts';
import type { ImageBatch, Target } from './types.ts';

const [WIDTH, HEIGHT] = [256, 128];

const noise = (): ImageBatch => ({
  pixels: tf.tensor4d(Float32Array.from(uniform('noise', 2 * HEIGHT * WIDTH * 3)), [2, HEIGHT, WIDTH, 3]),
  sizes: [
    { width: WIDTH, height: HEIGHT },
    { width: WIDTH - 20, height: HEIGHT - 8 },
  ],
});
const targets: Target[] = [
  { boxes: Float32Array.of(10, 12, 60, 58, 90, 40, 180, 124), labels: Int32Array.of(1, 0) },
  { boxes: Float32Array.of(30, 30, 128, 120), labels: Int32Array.of(2) },
];

const iou = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  const w = Math.min(a[2]!, b[2]!) - Math.max(a[0]!, b[0]!);
  const h = Math.min(a[3]!, b[3]!) - Math.max(a[1]!, b[1]!);
  if (w <= 0 || h <= 0) return 0;
  const area = (x: ArrayLike<number>) => (x[2]! - x[0]!) * (x[3]! - x[1]!);
  return (w * h) / (area(a) + area(b) - w * h);
};
const byHand = (box: ArrayLike<number>, image: number, low: number, high: number): number => {
  const ious = targets[image]!.labels.reduce<number[]>(
    (list, _, i) => [...list, iou(box, targets[image]!.boxes.subarray(4 * i, 4 * i + 4))],
    [],
  );
  const best = Math.max(...ious);
  return best >= high ? ious.indexOf(best) : best >= low ? IGNORED : BACKGROUND;
};

onEveryBackend(
  'matchScalePairs',
  () => {
    test.each([1, 2])('RetinaNet: every anchor of the paired levels, in the rows’ order (shift %i)', (shift) => {
      const base = lite0RetinaNet(3);
      const side = 4;
      const detector = createRetinaNet({
        ...base,
        fpn: { ...base.fpn, channels: 8 },
        head: { ...base.head, channels: 8, depth: 1 },
        anchors: { ...base.anchors, side, octaveScales: 1, ratios: [1] },
        matching: { foregroundIou: 0.4, backgroundIou: 0.3, lowQuality: 'none' },
      });
      const weights = hashedParameters(detector.parameters);
      tf.tidy(() => {
        const batch = noise();
        const full = detector.forward(weights, batch);
        const reduced = detector.forward(weights, reduceBatch(batch, shift));
        const [pair] = detector.scalePairs(full, reduced, shift);
        const [found] = detector.matchScalePairs!(full, reduced, shift, targets);
        expect(found!.name).toBe(pair!.name);
        const wanted: number[][] = [];
        for (let level = 3 + shift; level <= 7; level++) {
          const stride = 2 ** level;
          for (let image = 0; image < 2; image++) {
            for (let y = 0; y < Math.ceil(HEIGHT / stride); y++) {
              for (let x = 0; x < Math.ceil(WIDTH / stride); x++) {
                const [cx, cy, half] = [(x + 0.5) * stride, (y + 0.5) * stride, (side * stride) / 2];
                const box = [cx - half, cy - half, cx + half, cy + half];
                wanted.push([level, image, byHand(box, image, 0.3, 0.4)]);
              }
            }
          }
        }
        expect(pair!.a.logits.shape[0]).toBe(wanted.length);
        expect([...found!.matches.keys()].map((i) => [found!.levels![i], found!.images[i], found!.matches[i]])).toEqual(
          wanted,
        );
        expect(new Set(found!.matches).size).toBeGreaterThan(2);
      });
      tf.dispose([...weights.values()]);
    });

    test('a best anchor on a level without a partner is not looked for on another one', () => {
      const base = lite0RetinaNet(3);
      const detector = createRetinaNet({
        ...base,
        fpn: { ...base.fpn, channels: 8 },
        head: { ...base.head, channels: 8 },
      });
      const weights = hashedParameters(detector.parameters);
      tf.tidy(() => {
        const batch = noise();
        const full = detector.forward(weights, batch);
        const small = [
          { boxes: Float32Array.of(20, 20, 42, 42), labels: Int32Array.of(0) },
          { boxes: new Float32Array(0), labels: new Int32Array(0) },
        ];
        const [found] = detector.matchScalePairs!(full, full, 1, small);
        // 22 pixels are P3's, which level-1 pairs leave out: `lowQuality` must not give the box to P4
        expect(found!.matches.some((m) => m >= 0)).toBe(false);
        expect(() => detector.matchScalePairs!(full, full, 1, [])).toThrow(/0 targets for 2 images/);
      });
      tf.dispose([...weights.values()]);
    });

    test('Faster R-CNN: anchors and proposals of both views', () => {
      const base = lite0FasterRcnn(3);
      const detector = createFasterRcnn({
        ...base,
        fpn: { ...base.fpn, channels: 8 },
        rpn: { ...base.rpn, pairs: { candidatesPerLevel: 60, proposals: 40 } },
        roi: { ...base.roi, hidden: 16, matching: { foregroundIou: 0.2, backgroundIou: 0.1, lowQuality: 'none' } },
      });
      const weights = hashedParameters(detector.parameters);
      const batch = noise();
      const half = reduceBatch(batch, 1);
      const [full, reduced] = [detector.forward(weights, batch), detector.forward(weights, half)];
      const pairs = detector.scalePairs(full, reduced, 1);
      const found = detector.matchScalePairs!(full, reduced, 1, targets);
      expect(found.map(({ name }) => name)).toEqual(pairs.map(({ name }) => name));
      found.forEach(({ matches, images }, i) => {
        expect([matches.length, images.length]).toEqual([pairs[i]!.a.logits.shape[0], pairs[i]!.a.logits.shape[0]]);
      });
      expect(Math.min(...found[0]!.levels!)).toBe(3); // P3 of P2 to P6
      const regions = [...boxesOf(full.own!.regions.boxes, 1), ...boxesOf(reduced.own!.regions.boxes, 2)];
      const { matches, images, levels } = found[1]!;
      expect(levels).toBeUndefined();
      expect([...matches]).toEqual(regions.map((box, i) => byHand(box, images[i]!, 0.1, 0.2)));
      expect(matches.some((m) => m >= 0)).toBe(true);
      tf.dispose([...weights.values()]);
      tf.dispose([batch.pixels, half.pixels]);
      tf.dispose([full, reduced, pairs] as unknown as tf.TensorContainer);
    });
  },
  ['wasm', 'tensorflow'],
);

const boxesOf = (boxes: Float32Array, scale: number): number[][] =>
  Array.from({ length: boxes.length / 4 }, (_, i) => Array.from(boxes.subarray(4 * i, 4 * i + 4), (v) => v * scale));
