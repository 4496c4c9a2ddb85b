import { horizontalRange, linearRange } from './axis-range.ts';

test('a y axis: from nothing, to a known top, from zero, or around the data', () => {
  expect(linearRange({ fromZero: true }, null, null)).toEqual([0, 1]);
  expect(linearRange({ fromZero: true, top: 1 }, 0.2, 0.4)).toEqual([0, 1.02]);
  expect(linearRange({ fromZero: true }, 2, 10)).toEqual([0, 10.8]);
  expect(linearRange({ fromZero: true }, 0, 0)).toEqual([0, 1]);
  expect(linearRange({ fromZero: false }, 10, 20)).toEqual([9.2, 20.8]);
  // a level line lies in the middle
  expect(linearRange({ fromZero: false }, 0.5, 0.5)).toEqual([0.46, 0.54]);
  expect(linearRange({ fromZero: false }, 0, 0)).toEqual([-0.08, 0.08]);
});

test('the x axis is the chart’s own until the reader zooms, and again after a double click', () => {
  const chart = { xRange: [0, 1200] } as const;
  expect(horizontalRange(chart, [25, 1200], 25, 1200)).toEqual([0, 1200]);
  expect(horizontalRange(chart, [25, 1200], 100, 200)).toEqual([100, 200]);
});
