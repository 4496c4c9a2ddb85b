import { onEveryBackend } from '@sed/testing';
import * as tf from '@tensorflow/tfjs-core';
import { scoped, scopedAsync } from './scoped.ts';

const later = () => new Promise(setImmediate);

onEveryBackend('a scope', () => {
  test('frees what was made in it, and keeps what is kept', () => {
    const before = tf.memory().numTensors;
    const { kept, freed } = scoped(() => ({ kept: tf.keep(tf.scalar(1)), freed: tf.scalar(2) }));
    expect([kept.isDisposed, freed.isDisposed]).toEqual([false, true]);
    kept.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('also where the body waits: what was made before and after', async () => {
    const before = tf.memory().numTensors;
    const found = await scopedAsync(async () => {
      const first = tf.scalar(1);
      await later();
      const second = tf.add(first, 1);
      const value = (await second.data())[0]!;
      return { first, second, value, kept: tf.keep(tf.add(second, 1)) };
    });
    expect(found.value).toBe(2);
    expect([found.first.isDisposed, found.second.isDisposed, found.kept.isDisposed]).toEqual([true, true, false]);
    found.kept.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('and where it fails, at once or later', async () => {
    const before = tf.memory().numTensors;
    const failing = (wait: boolean) =>
      scopedAsync(async () => {
        tf.scalar(1);
        if (wait) await later();
        throw new Error('it failed');
      });
    await expect(failing(false)).rejects.toThrow('it failed');
    await expect(failing(true)).rejects.toThrow('it failed');
    expect(() =>
      scoped(() => {
        tf.scalar(1);
        throw new Error('it failed');
      }),
    ).toThrow('it failed');
    expect(tf.memory().numTensors).toBe(before);
  });
});
