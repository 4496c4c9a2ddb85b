/**
 * Against the long way: decode at the reference, map the box, encode at the other reference (host functions that equal
 * torchvision's).
 */
import * as tf from '@tensorflow/tfjs';
import { decodeDeltas, encodeDeltas, mapBoxes, randomStream, type AffineMap, type DeltaWeights } from '@sed/geometry';
import { expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import { mapRegionDeltas } from './map-region-deltas.ts';

const turn = (degrees: number): AffineMap => {
  const [s, c] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  return [c, -s, 40, s, c, -7];
};
const maps: AffineMap[] = [
  turn(15),
  turn(-90),
  [1, 0.15, -12, 0, 1, 0],
  [-1, 0, 200, 0, 1, 0],
  [0.5, 0, 3, -0.3, 2, 9],
];

onEveryBackend('mapRegionDeltas', () => {
  test.each<[string, DeltaWeights]>([
    ['of anchors', [1, 1, 1, 1]],
    ['of RoIs', [10, 10, 5, 5]],
  ])('%s', (_name, weights) => {
    const [rows, perRow] = [40, 3];
    const random = randomStream(4, 'map-deltas');
    const between = (low: number, high: number) => low + (high - low) * random.next();
    const boxes = () =>
      Float32Array.from(
        Array.from({ length: rows }, () => {
          const [x, y] = [between(0, 150), between(0, 150)];
          return [x, y, x + between(4, 60), y + between(4, 60)];
        }).flat(),
      );
    const [from, to] = [boxes(), boxes()];
    const images = Int32Array.from({ length: rows }, (_, i) => i % maps.length);
    const values = Float32Array.from({ length: rows * perRow * 4 }, (_, i) => between(-1, 1) * weights[i % 4]!);
    values[2] = 9 * weights[2]; // beyond the clamp of the decoder
    const deltas = tf.tensor2d(values, [rows, 4 * perRow]);
    const mapped = expectNoLeak(() => mapRegionDeltas(deltas, from, to, maps, images, weights));
    expect(mapped.shape).toEqual([rows, 4 * perRow]);
    const got = mapped.dataSync();
    for (let row = 0; row < rows; row++) {
      for (let k = 0; k < perRow; k++) {
        const at = (row * perRow + k) * 4;
        const box = decodeDeltas(values.subarray(at, at + 4), from.subarray(4 * row, 4 * row + 4), { weights });
        const wanted = encodeDeltas(mapBoxes(box, maps[images[row]!]!), to.subarray(4 * row, 4 * row + 4), weights);
        expectClose(got.slice(at, at + 4), wanted, { relative: 2e-5, absolute: 2e-4 });
      }
    }
    tf.dispose([deltas, mapped]);
  });

  test('none, and numbers that do not agree', () => {
    const [none, one] = [tf.zeros<tf.Rank.R2>([0, 4]), tf.zeros<tf.Rank.R2>([1, 4])];
    const nothing = new Float32Array(0);
    const mapped = expectNoLeak(() => mapRegionDeltas(none, nothing, nothing, maps, new Int32Array(0)));
    expect(mapped.shape).toEqual([0, 4]);
    expect(() => mapRegionDeltas(one, nothing, nothing, maps, new Int32Array(1))).toThrow(
      /1 rows of deltas, 0 and 0 RoIs, 1 image numbers/,
    );
    tf.dispose([none, one, mapped]);
  });
});
