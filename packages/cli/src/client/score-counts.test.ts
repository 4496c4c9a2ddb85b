import { countText } from './score-counts.ts';

test('right, wrong and missed at a score, which itself counts', () => {
  const found = [
    { score: 0.9, isRight: true },
    { score: 0.5, isRight: false },
    { score: 0.3, isRight: true },
  ];
  expect(countText(found, 4, 0.05)).toBe('2 right, 1 wrong, 2 missed');
  expect(countText(found, 4, 0.5)).toBe('1 right, 1 wrong, 3 missed');
  expect(countText(found, 4, 0.95)).toBe('0 right, 0 wrong, 4 missed');
  expect(countText([], 0, 0.5)).toBe('0 right, 0 wrong, 0 missed');
});
