import * as tf from '@tensorflow/tfjs';
import { onEveryBackend } from '@sed/testing';
import { checkChoice, checkNames, checkNumber, checkTensor } from './index.ts';
import { nearestName } from './nearest.ts';

test.each([
  ['activaton', 'activation'],
  ['weighing', 'weighting'],
  ['regresion', 'regression'],
  ['', 'weighting'],
])('%j is nearest to %j', (name, nearest) => {
  expect(nearestName(name, ['activation', 'weighting', 'regression'])).toBe(nearest);
});

test('of names that are equally near the first is taken; a name of a million letters is no trouble', () => {
  expect(nearestName('bat', ['cat', 'hat'])).toBe('cat');
  expect(nearestName('a'.repeat(1_000_000), ['b', 'aaaa'])).toBe('aaaa');
});

test('an unknown field, and what is no object', () => {
  const names = ['activation', 'weighting'];
  expect(() => checkNames('loss', 'options', { activation: 'softmax' }, names)).not.toThrow();
  expect(() => checkNames('loss', 'options', { weightng: 1 }, names)).toThrow(
    "loss: options.weightng is not an option; did you mean 'weighting'? There may be 'activation' and 'weighting'.",
  );
  for (const [value, words] of [
    [undefined, 'undefined'],
    [null, 'null'],
    ['softmax', "'softmax'"],
    [[1, 2], 'a list of 2'],
    ['a'.repeat(1000), `'${'a'.repeat(40)}…'`],
  ]) {
    expect(() => checkNames('loss', 'options', value, names)).toThrow(
      `loss: options is ${words}; it must be an object that may have 'activation' and 'weighting'.`,
    );
  }
});

test('a choice', () => {
  const check = (value: unknown) => () => checkChoice('loss', 'options.kind', value, ['ohem', 'focal', 'uniform']);
  expect(check('focal')).not.toThrow();
  expect(check('vocal')).toThrow(
    "loss: options.kind is 'vocal'; did you mean 'focal'? It must be 'ohem', 'focal' or 'uniform'.",
  );
  expect(check({ kind: 'focal' })).toThrow('loss: options.kind is { kind }. It must be ');
  expect(check({ a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 })).toThrow('options.kind is { a, b, c, d, e, … }.');
});

test('a number', () => {
  const check = (value: unknown) => () => checkNumber('loss', 'options.gamma', value, (g) => g >= 0, '0 or more');
  expect(check(0)).not.toThrow();
  for (const [value, words] of [
    ['2', "'2'"],
    [NaN, 'NaN'],
    [Infinity, 'Infinity'],
    [-1, '-1'],
    [new Set(), 'a Set'],
    [() => 1, 'a function'],
  ] as const) {
    expect(check(value)).toThrow(`loss: options.gamma is ${words}; it must be 0 or more.`);
  }
});

onEveryBackend('checkTensor', () => {
  test('names the argument, its rank and its shape', () => {
    const [rows, map, whole, gone] = [
      tf.zeros([2, 3]),
      tf.zeros([1, 4, 4, 6]),
      tf.zeros([2, 3], 'int32'),
      tf.zeros([2, 3]),
    ];
    gone.dispose();
    const check = (value: unknown) => () => checkTensor('loss', 'target', value, [2], 'rows [N, C]');
    expect(check(rows)).not.toThrow();
    expect(check(map)).toThrow('loss: target has rank 4, shape [1, 4, 4, 6]; it must be rows [N, C].');
    expect(check(whole)).toThrow('loss: target [2, 3] is of int32; it must be of float32.');
    expect(check(gone)).toThrow('loss: target is disposed; free it after the last use.');
    expect(check([[1, 2]])).toThrow('loss: target is a list of 1, not a tensor; it must be rows [N, C].');
    tf.dispose([rows, map, whole]);
  });
});
