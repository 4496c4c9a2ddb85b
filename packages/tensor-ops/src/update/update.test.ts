/**
 * The kernels that update weights: against the formulas, on lists that are cut in different ways. (Against torch: the
 * trainer's SGD and teacher-ema.)
 */
import * as tf from '@tensorflow/tfjs';
import { expectClose, expectNoLeak, onEveryBackend, uniform } from '@sed/testing';
import { momentumStep, movingAverage, squaredNorm } from './update.ts';
import { bucketsOf, cutVector, joinList } from './vectors.ts';

/** More values than a thread takes at a time, lengths that are no multiple of a register, one value and none. */
const SHAPES = [[3, 5, 7], [1], [70001], [0], [2, 1999], [64]];
const TOTAL = SHAPES.reduce((sum, shape) => sum + tf.util.sizeFromShape(shape), 0);
const CUTS = { same: SHAPES, vector: [[TOTAL]], other: [[70000], [6], [TOTAL - 70006]] };

const valuesOf = (name: string): Float32Array => Float32Array.from(uniform(name, TOTAL));

function list(name: string, shapes: readonly number[][]): tf.Tensor[] {
  const values = valuesOf(name);
  let at = 0;
  return shapes.map((shape) => tf.tensor(values.slice(at, (at += tf.util.sizeFromShape(shape))), shape));
}

const flat = (tensors: readonly tf.Tensor[]): number[] => tensors.flatMap((t) => Array.from(t.dataSync()));
const near = { relative: 1e-6, absolute: 1e-6 };

onEveryBackend('updates of weights', () => {
  test.each([
    { velocities: undefined, cuts: ['same'] },
    { velocities: 'same', cuts: ['same', 'same'] },
    { velocities: 'vector', cuts: ['other', 'vector'] },
    { velocities: undefined, cuts: ['vector', 'same'] },
    { velocities: 'other', cuts: ['vector'] },
  ] as const)('momentum $velocities, gradients $cuts', ({ velocities, cuts }) => {
    const [lr, momentum, weightDecay, scale] = [0.05, 0.9, 0.01, 0.7];
    const w = list('w', SHAPES);
    const v = velocities ? list('v', CUTS[velocities]) : [];
    const terms = cuts.map((cut, i) => list(`g${i}`, CUTS[cut]));
    const before = flat([...w, ...v]);
    const next = expectNoLeak(
      () => momentumStep(w, v, terms, { lr, momentum, weightDecay, scale }),
      SHAPES.length + CUTS[velocities ?? cuts[0]].length,
    );
    const [wv, vv] = [valuesOf('w'), velocities ? valuesOf('v') : new Float32Array(TOTAL)];
    const sums = cuts.map((_, i) => valuesOf(`g${i}`)).reduce((a, b) => a.map((g, i) => g + b[i]!));
    const velocity = Array.from(sums, (g, i) => momentum * vv[i]! + scale * g + weightDecay * wv[i]!);
    expectClose(flat(next.velocities), velocity, near);
    expectClose(
      flat(next.weights),
      Array.from(wv, (x, i) => x - lr * velocity[i]!),
      near,
    );
    expect(next.weights.map(({ shape }) => shape)).toEqual(SHAPES);
    expect(next.velocities.map(({ shape }) => shape)).toEqual(CUTS[velocities ?? cuts[0]]);
    expect(flat([...w, ...v])).toEqual(before); // nothing is changed in place
    tf.dispose([w, v, terms, next.weights, next.velocities]);
  });

  test('the same bits wherever a value lies in its list', () => {
    const numbers = { lr: 0.05, momentum: 0.9, weightDecay: 0.01, scale: 0.7 };
    const results = [CUTS.same, CUTS.vector, CUTS.other].map((cut) => {
      const [w, v, g] = [list('w', cut), list('v', cut), list('g', cut)];
      const { weights, velocities } = momentumStep(w, v, [g], numbers);
      const all = flat([...weights, ...velocities]);
      tf.dispose([w, v, g, weights, velocities]);
      return all;
    });
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  test('moving average', () => {
    const [targets, sources] = [list('t', SHAPES), list('s', SHAPES)];
    const next = expectNoLeak(() => movingAverage(targets, sources, 0.99), SHAPES.length);
    const [t, s] = [valuesOf('t'), valuesOf('s')];
    expectClose(
      flat(next),
      Array.from(t, (value, i) => 0.99 * value + 0.01 * s[i]!),
      near,
    );
    expect(next.map(({ shape }) => shape)).toEqual(SHAPES);
    expect(flat(targets)).toEqual(Array.from(t));
    const copies = movingAverage(targets, sources, 0);
    expect(flat(copies)).toEqual(Array.from(s));
    expect(() => movingAverage(targets, sources.slice(1), 0.5)).toThrow(/target 0 is \[3,5,7\], its source \[1\]/);
    tf.dispose([targets, sources, next, copies]);
  });

  test.each([[['same']], [['same', 'same']], [['other', 'vector']]] as const)('squared norm of %s', (cuts) => {
    const terms = cuts.map((cut, i) => list(`g${i}`, CUTS[cut]));
    const norm = expectNoLeak(() => squaredNorm(terms));
    const sums = cuts.map((_, i) => valuesOf(`g${i}`)).reduce((a, b) => a.map((g, i) => g + b[i]!));
    const expected = sums.reduce((sum, g) => sum + g * g, 0);
    expectClose(norm.dataSync(), [expected], { relative: 1e-6 });
    expect(norm.shape).toEqual([]);
    tf.dispose([terms, norm]);
  });

  test('millions of small squares are not lost beside their sum', () => {
    const values = tf.fill([3_000_001], 0.01);
    const norm = expectNoLeak(() => squaredNorm([[values]]));
    expectClose(norm.dataSync(), [300.0000866], { relative: 3e-6 });
    tf.dispose([values, norm]);
  });

  test('lists that do not fit are refused', () => {
    const [w, g] = [list('w', SHAPES), list('g', SHAPES)];
    const numbers = { lr: 1, momentum: 0, weightDecay: 0 };
    expect(() => momentumStep(w, [], [g.slice(1)], numbers)).toThrow(/term 0 has 74064 values, not 74169/);
    expect(() => momentumStep(w, g.slice(1), [g], numbers)).toThrow(/74169 weights and 74064 velocities/);
    expect(() => momentumStep(w, [], [g, g, g], numbers)).toThrow(/3 terms; it takes one or two/);
    expect(() => squaredNorm([g, w.slice(0, 1)])).toThrow(/term 1 has 105 values, not 74169/);
    tf.dispose([w, g]);
  });

  test('buckets, joined and cut', () => {
    const shapes = new Map([
      ['a', [3, 8]],
      ['b', [4]],
      ['c', [5, 6]],
      ['d', []],
    ]);
    const buckets = bucketsOf(shapes, 34);
    expect(buckets.map(({ names, total }) => [...names, total])).toEqual([
      ['a', 'b', 28],
      ['c', 'd', 31],
    ]);
    const tensors = [...shapes].map(([name, shape]) =>
      tf.tensor(Float32Array.from(uniform(name, tf.util.sizeFromShape(shape))), shape),
    );
    const vector = expectNoLeak(() => joinList(tensors));
    expect(Array.from(vector.dataSync())).toEqual(flat(tensors));
    const back = expectNoLeak(() => cutVector(vector, [...shapes.values()]), 4);
    expect(back.map((t) => [t.shape, Array.from(t.dataSync())])).toEqual(
      tensors.map((t) => [t.shape, Array.from(t.dataSync())]),
    );
    tf.dispose([tensors, vector, back]);
  });
});
