import { logTickText, shortNumber, tickText } from './number-text.ts';

test('three digits, with separators from a thousand on, with an exponent far from one', () => {
  const values = [0, 1, 0.123456, 0.0001, 0.00001234, 12.345, 999.4, 1234.5, 9_999_999, 12_345_678, -0.5, -2345];
  expect(values.map(shortNumber)).toEqual([
    '0',
    '1',
    '0.123',
    '0.0001',
    '1.2e-5',
    '12.3',
    '999',
    '1,235',
    '9,999,999',
    '1.2e7',
    '-0.5',
    '-2,345',
  ]);
});

test('ticks are short', () => {
  expect([0, 500, 9_000, 10_000, 112_500, 1_000_000, 2_500_000].map(tickText)).toEqual([
    '0',
    '500',
    '9,000',
    '10k',
    '113k',
    '1M',
    '2.5M',
  ]);
});

test('a logarithmic axis names powers of ten', () => {
  expect([0.01, 0.02, 0.1, 1, 5, 10, 1000].map(logTickText)).toEqual(['0.01', '', '0.1', '1', '', '10', '1,000']);
});
