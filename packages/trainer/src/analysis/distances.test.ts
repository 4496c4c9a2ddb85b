import { BACKGROUND, IGNORED } from '@sed/detectors';
import { chooseImages } from './choose-images.ts';
import { createDistanceCounter } from './distances.ts';

test('counts, means and the ratio by hand', () => {
  const counter = createDistanceCounter(4);
  counter.add(Float32Array.of(0, 0.25, 0.5, 1), {
    matches: Int32Array.of(BACKGROUND, 0, IGNORED, 3),
    levels: Int32Array.of(5, 4, 4, 5),
  });
  counter.add([0.125, 0.875], { matches: Int32Array.of(BACKGROUND, BACKGROUND), levels: Int32Array.of(4, 4) });
  const { levels, ...whole } = counter.result(2);
  expect(whole).toEqual({
    all: { rows: 6, perImage: [1, 0.5, 0.5, 1], meanDistance: 2.75 / 6 },
    foreground: { rows: 2, perImage: [0, 0.5, 0, 0.5], meanDistance: 0.625 },
    background: { rows: 3, perImage: [1, 0, 0, 0.5], meanDistance: 1 / 3 },
    ratio: [0, null, null, 1],
  });
  expect(levels.map(({ level }) => level)).toEqual([4, 5]);
  expect(levels[0]).toMatchObject({
    all: { rows: 4, perImage: [0.5, 0.5, 0.5, 0.5] },
    foreground: { rows: 1, meanDistance: 0.25 },
    background: { rows: 2, meanDistance: 0.5 },
  });
  expect(() => counter.add([0.1], { matches: new Int32Array(2) })).toThrow(/1 rows, its matches 2/);
});

test('rows without levels, no rows at all', () => {
  const counter = createDistanceCounter(2);
  expect(counter.result(1)).toMatchObject({ all: { rows: 0, meanDistance: null }, ratio: [null, null], levels: [] });
  counter.add([0.9], { matches: Int32Array.of(1) });
  expect(counter.result(1)).toMatchObject({ foreground: { perImage: [0, 1] }, levels: [] });
});

test('images are drawn by the seed, each once, in their own order', () => {
  const items = Array.from({ length: 50 }, (_, i) => i);
  const [some, other] = [chooseImages(items, 10, 1, 'x'), chooseImages(items, 10, 2, 'x')];
  expect(some).toEqual(chooseImages(items, 10, 1, 'x'));
  expect(some).not.toEqual(other);
  expect(new Set(some).size).toBe(10);
  expect(some).toEqual([...some].sort((a, b) => a - b));
  expect(chooseImages(items, 99, 1, 'x')).toEqual(items);
});
