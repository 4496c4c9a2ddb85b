import { columnsOf, cut, fit } from './fit.ts';

test('columns are those of a terminal', () => {
  expect(['abc', '日本', 'é', 'e\u0301', '👍🏽', '█░', ''].map(columnsOf)).toEqual([3, 4, 1, 1, 2, 2, 0]);
});

test('a text is cut between characters, never in one', () => {
  expect(cut('abcdef', 6)).toBe('abcdef');
  expect(cut('abcdef', 5)).toBe('abcd…');
  expect(cut('日本語です', 6)).toBe('日本…');
  expect(cut('ab👨‍👩‍👧cd', 4)).toBe('ab…');
  expect(cut('abc', 0)).toBe('');
  for (let columns = 0; columns < 12; columns++)
    expect(columnsOf(cut('é日👍🏽 xy日z', columns))).toBeLessThanOrEqual(columns);
});

test('the most wanted parts are shown, in their own order', () => {
  const parts = [
    { text: 'count', rank: 0 },
    { text: 'bar', rank: 3 },
    { text: '', rank: 0 },
    { text: 'left', rank: 2 },
    { text: 'loss', rank: 1 },
  ];
  expect(fit(parts, 80)).toBe('count  bar  left  loss');
  expect(fit(parts, 18)).toBe('count  left  loss');
  expect(fit(parts, 16)).toBe('count  loss'); // "bar" would fit, but is less wanted than what does not
  expect(fit(parts, 4)).toBe('cou…');
});
