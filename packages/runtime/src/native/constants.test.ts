import { shareScalars, type TensorBinding } from './constants.ts';

/** A binding that only counts; its properties are as unchangeable as those of the real one. */
function counting(): TensorBinding & { made: number[][]; freed: number[] } {
  const made: number[][] = [];
  const freed: number[] = [];
  const binding = {
    TF_FLOAT: 1,
    made,
    freed,
    createTensor: (_shape: readonly number[], _dtype: number, values: ArrayLike<number>) =>
      made.push(Array.from(values)) - 1,
    deleteTensor: (id: number) => void freed.push(id),
  };
  return Object.freeze(binding);
}

const one = (value: number) => new Float32Array([value]);

test('a float scalar is made once a value, and is not freed under those who share it', () => {
  const binding = counting();
  const shared = shareScalars(binding);
  const half = shared.createTensor([], 1, one(0.5));
  const third = shared.createTensor([], 1, one(1 / 3));
  expect(shared.createTensor([], 1, one(0.5))).toBe(half);
  expect(third).not.toBe(half);
  shared.deleteTensor(half);
  expect(shared.createTensor([], 1, one(0.5))).toBe(half);
  expect(binding.made).toHaveLength(2);
  expect(binding.freed).toEqual([]);
});

test('vectors, other types and -0 are made and freed as ever', () => {
  const binding = counting();
  const shared = shareScalars(binding);
  const ids = [
    shared.createTensor([], 1, one(0)),
    shared.createTensor([], 1, one(-0)),
    shared.createTensor([1], 1, one(0)),
    shared.createTensor([], 3, new Int32Array([0])),
  ];
  expect(new Set(ids).size).toBe(4);
  ids.slice(1).forEach((id) => shared.deleteTensor(id));
  expect(binding.freed).toEqual(ids.slice(1));
});

test('values that never come again do not pile up', () => {
  const binding = counting();
  const shared = shareScalars(binding);
  for (let i = 0; i < 3000; i++) shared.deleteTensor(shared.createTensor([], 1, one(i)));
  expect(binding.made.length - binding.freed.length).toBe(1024);
});
