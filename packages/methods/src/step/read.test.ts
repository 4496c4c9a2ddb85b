import { onEveryBackend } from '@sed/testing';
import * as tf from '@tensorflow/tfjs-core';
import type { Measure } from '../method.ts';
import { readNumbers, type PartResult } from './read.ts';

/** A part of half of the batch, with one loss at weight 3 of the step. */
const half = (part: string, loss: number, measured: Record<string, Measure>): PartResult => ({
  part,
  share: 0.5,
  losses: new Map([[`${part}.loss`, tf.scalar(loss)]]),
  weights: new Map([[`${part}.loss`, 1.5]]),
  measured: new Map(Object.entries(measured)),
});

onEveryBackend('numbers of a step', () => {
  test('losses are means over the parts of the batch, totals their weighted sums; what is read is freed', async () => {
    const before = tf.memory().numTensors;
    const results = [half('x', 2, {}), half('y', 8, {}), half('x', 4, {}), half('y', 16, {})];
    const found = await readNumbers(results, new Map([['net', tf.scalar(0.25)]]));
    expect(tf.memory().numTensors).toBe(before);
    expect(found).toEqual({
      norms: new Map([['net', 0.25]]),
      losses: new Map([
        ['x.loss', 3],
        ['y.loss', 12],
      ]),
      totals: new Map([
        ['x', 9],
        ['y', 36],
      ]),
      total: 45,
      measured: {},
    });
  });

  test('measures add up or the highest counts, and are numbers, lists or named; integers are read as such', async () => {
    const before = tf.memory().numTensors;
    const results = (
      [
        [-3, 2],
        [-5, 7],
      ] as const
    ).map(([low, count]) =>
      half('x', 1, {
        highest: { value: tf.scalar(low), over: 'max' },
        count: { value: tf.scalar(count, 'int32'), over: 'sum' },
        list: { value: tf.tensor1d([low, count]), over: 'max' },
        named: { value: tf.tensor1d([low, count]), over: 'sum', names: ['low', 'count'] },
      }),
    );
    const { measured } = await readNumbers(results, new Map());
    expect(measured).toEqual({ highest: -3, count: 9, list: [-3, 7], named: { low: -8, count: 9 } });
    expect(tf.memory().numTensors).toBe(before);
  });
});
