import * as tf from '@tensorflow/tfjs';
import { decodeDeltas, mapBoxes, pairCells, type AffineMap } from '@sed/geometry';
import { expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import { gridAnchors } from './anchors.ts';
import { distillationPairs } from './pairs.ts';
import type { DenseForward } from './levels.ts';
import { lite0RetinaNet, torchvisionRetinaNet } from '../retinanet/settings.ts';
import { uniform } from '../testing/hashed.ts';
import type { PredictionPair } from '../types.ts';

const SIDE = 64;
const STRIDES = [8, 16];
const [ANCHORS, CLASSES, BATCH] = [9, 2, 2];
const HEAD = { pair: { name: 'dense', activation: 'sigmoid', classified: true }, finest: 3 } as const;
const IDENTITY: AffineMap = [1, 0, 0, 0, 1, 0];
const about = (a: number, b: number, d: number, e: number): AffineMap => {
  const c = SIDE / 2;
  return [a, b, c - a * c - b * c, d, e, c - d * c - e * c];
};
const rotation = (degrees: number) => {
  const [s, c] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  return about(c, -s, s, c);
};
const settings = { middle: lite0RetinaNet(CLASSES).anchors, corner: torchvisionRetinaNet(CLASSES).anchors };

/** Rows by image, y, x; `value(image, x, y)` gives the columns of a cell. */
function levelOf(
  stride: number,
  columns: number,
  value: (image: number, x: number, y: number) => Iterable<number>,
): tf.Tensor2D {
  const side = SIDE / stride;
  const rows: number[] = [];
  for (let i = 0; i < BATCH * side * side; i++) {
    rows.push(...value(Math.floor(i / side / side), i % side, Math.floor(i / side) % side));
  }
  return tf.tensor2d(rows, [BATCH * side * side * ANCHORS, columns]);
}

/** Predictions that follow a pattern over the plane, moved by whole cells. */
function forwardOf(shift: readonly [number, number], size = SIDE): DenseForward {
  const levels = STRIDES.map((stride) => {
    const [sx, sy] = [shift[0] / stride, shift[1] / stride];
    const columns = (width: number) => (image: number, x: number, y: number) =>
      uniform(`${stride} ${image} ${x - sx} ${y - sy} ${width}`, ANCHORS * width);
    const [height, width] = [SIDE / stride, SIDE / stride];
    return { stride, height, width, logits: levelOf(stride, CLASSES, columns(CLASSES)), deltas: levelOf(stride, 4, columns(4)) }; // prettier-ignore
  });
  const sizes = Array.from({ length: BATCH }, () => ({ width: size, height: size }));
  const all = { logits: tf.concat(levels.map((l) => l.logits)), deltas: tf.concat(levels.map((l) => l.deltas)) };
  return { levels, all, batch: BATCH, height: SIDE, width: SIDE, sizes };
}

const dispose = (...forwards: DenseForward[]) => tf.dispose(forwards as unknown as tf.TensorContainer);
const valuesOf = ({ a, b }: PredictionPair) =>
  [a.logits, b.logits, a.deltas, b.deltas].map((tensor) => [...tensor.dataSync()]);
const rowsOfAll = BATCH * ANCHORS * STRIDES.reduce((sum, stride) => sum + (SIDE / stride) ** 2, 0);

onEveryBackend('distillation pairs of views that differ by a map', () => {
  const anchorsOf = (grid: { stride: number; height: number; width: number }) => gridAnchors(settings.middle, grid);
  const pairOf = (teacher: DenseForward, student: DenseForward, maps?: AffineMap[], anchors = anchorsOf) => {
    const [pair] = expectNoLeak(() => distillationPairs(teacher, student, anchors, HEAD, maps), 4);
    return pair!;
  };

  test('identities are the plain path, to the bit', () => {
    const [teacher, student] = [forwardOf([0, 0]), forwardOf([5, 3])];
    const [plain, mapped] = [pairOf(teacher, student), pairOf(teacher, student, [IDENTITY, IDENTITY])];
    expect(valuesOf(mapped)).toEqual(valuesOf(plain));
    expect(mapped.leftOut).toBeUndefined();
    tf.dispose([plain, mapped] as never);
    dispose(teacher, student);
  });

  test.each(['middle', 'corner'] as const)('a shift by whole cells pairs equal rows, anchors at the %s', (kind) => {
    const [teacher, student] = [forwardOf([0, 0]), forwardOf([16, -32])];
    const shift: AffineMap = [1, 0, 16, 0, 1, -32];
    const pair = pairOf(teacher, student, [shift, shift], (grid) => gridAnchors(settings[kind], grid));
    const [aLogits, bLogits, aDeltas, bDeltas] = valuesOf(pair);
    expect(aLogits).toEqual(bLogits);
    expect(aDeltas).toEqual(bDeltas);
    // 6 of 8 columns and 4 of 8 rows, 3 of 4 and 2 of 4
    expect(pair.b.logits.shape).toEqual([BATCH * ANCHORS * (6 * 4 + 3 * 2), CLASSES]);
    expect(pair.leftOut).toBe(rowsOfAll - pair.b.logits.shape[0]);
    tf.dispose(pair as never);
    dispose(teacher, student);
  });

  test('a turn pairs the nearest cells, leaves out the corners, and moves the boxes', () => {
    const [teacher, student] = [forwardOf([0, 0]), forwardOf([0, 0])];
    const map = rotation(15);
    const pair = pairOf(teacher, student, [map, map]);
    const [, , aDeltas] = valuesOf(pair);
    let row = 0;
    STRIDES.forEach((stride, f) => {
      const side = SIDE / stride;
      const grid = { stride, height: side, width: side };
      const pairs = pairCells({ ...grid, center: stride / 2 }, [map, map], teacher.sizes, student.sizes);
      const cells = new Set(pairs.student);
      if (stride === 8) for (const corner of [0, 7, 56, 63]) expect(cells.has(corner)).toBe(false);
      expect(cells.has((side / 2) * side + side / 2)).toBe(true);
      const anchors = anchorsOf(grid);
      const deltas = teacher.levels[f]!.deltas.dataSync<'float32'>();
      const perImage = side * side;
      pairs.student.forEach((cell, i) => {
        expect(Math.hypot(pairs.offsetX[i]!, pairs.offsetY[i]!)).toBeLessThanOrEqual(stride * Math.SQRT1_2 + 1e-4);
        for (let k = 0; k < ANCHORS; k++, row++) {
          const placeOf = (index: number) => 4 * ((index % perImage) * ANCHORS + k);
          const from = pairs.teacher[i]!;
          const own = deltas.slice(4 * (from * ANCHORS + k), 4 * (from * ANCHORS + k) + 4);
          const wanted = mapBoxes(decodeDeltas(own, anchors.slice(placeOf(from), placeOf(from) + 4)), map);
          const got = decodeDeltas(Float32Array.from(aDeltas!.slice(4 * row, 4 * row + 4)), anchors.slice(placeOf(cell), placeOf(cell) + 4)); // prettier-ignore
          expectClose(got, wanted, { absolute: 1e-3, relative: 1e-5 });
        }
      });
    });
    expect(pair.a.logits.shape[0]).toBe(row);
    expect(pair.leftOut).toBe(rowsOfAll - row);
    tf.dispose(pair as never);
    dispose(teacher, student);
  });

  test('an image that did not move keeps all its rows beside one that did', () => {
    const [teacher, student] = [forwardOf([0, 0], 50), forwardOf([8, 8], 50)];
    const pair = pairOf(teacher, student, [rotation(15), IDENTITY]);
    const plain = pairOf(teacher, student);
    const perLevel = STRIDES.map((stride) => (SIDE / stride) ** 2 * ANCHORS);
    const rows = pair.b.logits.shape[0];
    // the second image is the end of each level; the last level ends the list
    const last = (values: number[], columns: number) => values.slice(-perLevel[1]! * columns);
    const columns = [CLASSES, CLASSES, 4, 4];
    valuesOf(pair).forEach((values, i) => expect(last(values, columns[i]!)).toEqual(last(valuesOf(plain)[i]!, columns[i]!))); // prettier-ignore
    expect(rows).toBeLessThan(rowsOfAll);
    expect(rows).toBeGreaterThan(rowsOfAll / 2);
    tf.dispose([pair, plain] as never);
    dispose(teacher, student);
  });

  test('padding has no counterpart', () => {
    const sizes = [{ width: 40, height: 24 }];
    const grid = { stride: 8, height: 8, width: 8, center: 4 };
    const { student, teacher } = pairCells(grid, [[1, 0, 8, 0, 1, 0]], sizes, sizes);
    // columns 1 to 4 of the student are 0 to 3 of the teacher, rows 0 to 2
    expect([...student]).toEqual([1, 2, 3, 4, 9, 10, 11, 12, 17, 18, 19, 20]);
    expect([...teacher]).toEqual([...student].map((cell) => cell - 1));
  });

  test('the gradient reaches the paired rows of the student, and nothing of the teacher', () => {
    const [teacher, student] = [forwardOf([0, 0]), forwardOf([0, 0])];
    const maps = [rotation(-15), about(1, 0.15, 0, 1)];
    const loss = (logits: tf.Tensor, deltas: tf.Tensor): tf.Scalar => {
      const levels = [{ ...student.levels[0]!, logits, deltas }, student.levels[1]!] as DenseForward['levels'];
      const [pair] = distillationPairs(teacher, { ...student, levels }, anchorsOf, HEAD, maps);
      return tf.add(tf.sum(pair!.b.logits), tf.mul(2, tf.sum(pair!.b.deltas)));
    };
    const { logits, deltas } = student.levels[0]!;
    const [dLogits, dDeltas] = expectNoLeak(() => tf.grads(loss)([logits, deltas]), 2) as [tf.Tensor, tf.Tensor];
    const pairs = pairCells({ stride: 8, height: 8, width: 8, center: 4 }, maps, teacher.sizes, student.sizes);
    const cells = new Set(pairs.student);
    expect(cells.size).toBeLessThan(128);
    const wanted = (columns: number, value: number) =>
      Array.from({ length: 128 * ANCHORS * columns }, (_, i) => (cells.has(Math.floor(i / ANCHORS / columns)) ? value : 0)); // prettier-ignore
    expect([...dLogits.dataSync()]).toEqual(wanted(CLASSES, 1));
    expect([...dDeltas.dataSync()]).toEqual(wanted(4, 2));
    tf.dispose([dLogits, dDeltas]);
    dispose(teacher, student);
  });

  test('views with nothing in common have no rows, and a gradient of zero', () => {
    const [teacher, student] = [forwardOf([0, 0]), forwardOf([0, 0])];
    const away: AffineMap = [1, 0, 500, 0, 1, 0];
    const pair = pairOf(teacher, student, [away, away]);
    expect(valuesOf(pair)).toEqual([[], [], [], []]);
    expect([pair.a.logits.shape, pair.b.deltas.shape, pair.leftOut]).toEqual([[0, CLASSES], [0, 4], rowsOfAll]);
    const gradient = tf.grad((logits) => {
      const levels = [{ ...student.levels[0]!, logits }, student.levels[1]!] as DenseForward['levels'];
      const [{ b }] = distillationPairs(teacher, { ...student, levels }, anchorsOf, HEAD, [away, away]) as [
        PredictionPair,
      ];
      return tf.customGrad(() => ({ value: tf.scalar(0), gradFunc: () => tf.zeros([0, CLASSES]) }))(b.logits);
    });
    const dx = expectNoLeak(() => gradient(student.levels[0]!.logits));
    expect(dx.dataSync().every((value) => value === 0)).toBe(true);
    tf.dispose([pair, dx] as never);
    dispose(teacher, student);
  });

  test('maps that are not one an image are refused', () => {
    const [teacher, student] = [forwardOf([0, 0]), forwardOf([0, 0])];
    const pairs = (maps: unknown) => () => distillationPairs(teacher, student, anchorsOf, HEAD, maps as AffineMap[]);
    expect(pairs([IDENTITY])).toThrow('1 maps for 2 images');
    expect(pairs([IDENTITY, [1, 0, NaN, 0, 1, 0]])).toThrow('the map of image 1 is [1, 0, NaN, 0, 1, 0]');
    const tensors = tf.memory().numTensors;
    expect(pairs([IDENTITY, [0, 0, 0, 0, 0, 0]])).toThrow('cannot be undone');
    expect(tf.memory().numTensors).toBe(tensors);
    dispose(teacher, student);
  });
});
