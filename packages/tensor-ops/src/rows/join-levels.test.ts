/** The rows of a pyramid in torch's order (tools/golden/join_levels.py), in each form that levels may have. */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { expectClose, expectNoLeak, onEveryBackend } from '@sed/testing';
import { joinLevels, type JoinLevelsOptions, type LevelPredictions } from '../index.ts';

interface Joined {
  levels: number[][];
  shape: [number, number];
  joined: number[];
  gradients: number[][];
}
const golden = JSON.parse(readFileSync(new URL('../fixtures/join-levels.json', import.meta.url), 'utf8')) as {
  batch: number;
  anchors: number;
  grids: [number, number][];
  columns: { logits: number; deltas: number };
  logits: Joined;
  deltas: Joined;
};
const { batch, anchors, grids, columns } = golden;
const NAMES = ['logits', 'deltas'] as const;
const expectSame = (actual: ArrayLike<number>, wanted: number[]): void =>
  expectClose(actual, Float32Array.from(wanted), { relative: 0, absolute: 0 });

type Form = (height: number, width: number, values: number) => number[];
const FORMS: [string, Form, JoinLevelsOptions][] = [
  ['[B, H, W, A·C]', (h, w, c) => [batch, h, w, anchors * c], { anchors }],
  ['[B, H, W, A, C]', (h, w, c) => [batch, h, w, anchors, c], {}],
  ['[B, H, W, A, C] and anchors', (h, w, c) => [batch, h, w, anchors, c], { anchors }],
  ['[B, N, C]', (h, w, c) => [batch, h * w * anchors, c], {}],
  ['[N, C]', (h, w, c) => [batch * h * w * anchors, c], {}],
];

function levelsOf(form: Form): LevelPredictions[] {
  return grids.map(([h, w], i) => {
    const values = (name: 'logits' | 'deltas') => tf.tensor(golden[name].levels[i]!, form(h, w, columns[name]));
    return { logits: values('logits'), deltas: values('deltas') };
  });
}

onEveryBackend('joinLevels', (backend) => {
  test.each(FORMS)('levels %s: the rows and gradients of torch', (_, form, options) => {
    const levels = levelsOf(form);
    const joined = expectNoLeak(() => joinLevels(levels, options), 2);
    for (const name of NAMES) {
      expect(joined[name].shape).toEqual(golden[name].shape);
      expectSame(joined[name].dataSync(), golden[name].joined);
      const weight = tf.range(0, joined[name].size).reshape(golden[name].shape).div(100);
      const gradients = expectNoLeak(
        () =>
          tf.grads((...parts) =>
            tf.sum(
              tf.mul(
                joinLevels(
                  parts.map((part, i) => ({ ...levels[i]!, [name]: part })),
                  options,
                )[name],
                weight,
              ),
            ),
          )(levels.map((level) => level[name])),
        grids.length,
      );
      gradients.forEach((gradient, i) => {
        expect(gradient.shape).toEqual(levels[i]![name].shape);
        expectClose(gradient.dataSync(), golden[name].gradients[i]!, { relative: 1e-6, absolute: 1e-4 });
      });
    }
    // what is joined stays when the levels go
    tf.dispose(levels);
    expectSame(joined.logits.dataSync(), golden.logits.joined);
    tf.dispose(joined);
  });

  test('a single level, and levels without rows', () => {
    tf.tidy(() => {
      const [one] = levelsOf((h, w, c) => [batch * h * w * anchors, c]);
      const alone = expectNoLeak(() => joinLevels([one!]), 2);
      expectSame(alone.deltas.dataSync(), golden.deltas.levels[0]!);
      const none = { logits: tf.zeros([0, columns.logits]), deltas: tf.zeros([0, columns.deltas]) };
      const joined = joinLevels([none, one!, none]);
      expectSame(joined.logits.dataSync(), golden.logits.levels[0]!);
      expect(joinLevels([none, none]).deltas.shape).toEqual([0, columns.deltas]);
    });
  });

  if (backend !== 'cpu') return;

  test('what is no pyramid is refused, with the level and the shapes', () => {
    tf.tidy(() => {
      const level = (logits: number[], deltas: number[]): LevelPredictions => ({
        logits: tf.zeros(logits),
        deltas: tf.zeros(deltas),
      });
      const map = level([2, 4, 4, 18], [2, 4, 4, 36]);
      const rows = level([32, 2], [32, 4]);
      const refused: [unknown, JoinLevelsOptions, RegExp][] = [
        [[], {}, /there are no levels/],
        [rows, {}, /there are no levels; give a list/],
        [[undefined], {}, /levels\[0\]\.logits is undefined, not a tensor/],
        [[level([2], [4])], {}, /levels\[0\]\.logits has rank 1, shape \[2\]; it must be rows \[N, C\]/],
        [[map], {}, /levels\[0\]\.logits \[2, 4, 4, 18\] is a map \[B, H, W, A·C\]; give options\.anchors/],
        [[map], { anchors: 5 }, /has 18 values a cell, which 5 anchors/],
        [[map], { anchors: 1.5 }, /options\.anchors is 1\.5; it must be a whole number from 1/],
        [[map], { anchor: 9 } as JoinLevelsOptions, /options\.anchor is not an option; did you mean 'anchors'/],
        [[rows], { anchors: 9 }, /levels\[0\]\.logits \[32, 2\] is rows, one an anchor; leave out options\.anchors/],
        [[level([1, 4, 4, 9, 2], [1, 4, 4, 9, 4])], { anchors: 3 }, /has 9 anchors a cell, but options\.anchors is 3/],
        [
          [rows, level([8, 3], [8, 4])],
          {},
          /levels\[1\]\.logits \[8, 3\] and levels\[0\]\.logits \[32, 2\] are not of one/,
        ],
        [[map, level([1, 2, 2, 18], [1, 2, 2, 36])], { anchors: 9 }, /levels\[1\]\.logits \[1, 2, 2, 18\]/],
        [[rows, map], {}, /levels\[1\]\.logits \[2, 4, 4, 18\] is a map/],
        [
          [level([32, 2], [16, 4])],
          {},
          /levels\[0\]\.logits \[32, 2\] and levels\[0\]\.deltas \[16, 4\] are not about/,
        ],
        [[level([2, 4, 4, 18], [2, 4, 4, 9, 4])], { anchors: 9 }, /are not about the same places/],
        [[level([2, 0], [2, 4])], {}, /levels\[0\]\.logits \[2, 0\] has no values a row/],
      ];
      for (const [levels, options, message] of refused) {
        expect(() => joinLevels(levels as LevelPredictions[], options)).toThrow(message);
      }
    });
  });
});
