import { metricsText } from './metrics-text.ts';
import { progressBar } from './progress-bar.ts';
import { bytes, duration, percent, short, table } from './text.ts';

test('durations', () => {
  expect([0, 59.4, 61, 3600, 90061, -1, NaN].map(duration)).toEqual([
    '0s',
    '59s',
    '1m 01s',
    '1h 00m',
    '25h 01m',
    '?',
    '?',
  ]);
});

test('bytes', () => {
  expect([0, 999, 1000, 17_364_911, 274e6, 999_999, 1.5e9].map(bytes)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '17.4 MB',
    '274 MB',
    '1.0 MB',
    '1.5 GB',
  ]);
});

test('numbers', () => {
  expect([0, 0.0123, 1.234, 123.4, 1e-6, 2e7, -0.5, Infinity].map(short)).toEqual([
    '0',
    '0.0123',
    '1.23',
    '123',
    '1.0e-6',
    '2.0e+7',
    '-0.500',
    'Infinity',
  ]);
  expect([0.4146, -1, undefined, 0].map(percent)).toEqual(['41.5', '-', '-', '0.0']);
});

test('table and bar', () => {
  expect(
    table(
      [
        ['a', 'bb'],
        ['ccc', '1'],
      ],
      '> ',
    ),
  ).toBe('> a    bb\n> ccc   1');
  expect(
    table([
      ['日本', '1'],
      ['a', '22'],
    ]),
  ).toBe('日本   1\na     22');
  const line = progressBar('x', 0.5, 'half');
  expect([80, 27, 21, 15, 8, 6].map(line)).toEqual([
    `x ${'█'.repeat(12)}${'░'.repeat(12)}  50 %  half`,
    'x ██████░░░░░░  50 %  half',
    'x ███░░░  50 %  half',
    'x  50 %  half',
    'x  50 %',
    'x  50…',
  ]);
  expect(progressBar('x', 7)(80)).toBe(`x ${'█'.repeat(24)} 100 %`);
});

test('the table of metrics is that of pycocotools, letter for letter', () => {
  const metrics = {
    AP: 0.5049,
    AP50: 0.697,
    AP75: 0.573,
    APs: -1,
    APm: 0.519,
    APl: 0.501,
    AR1: 0.387,
    AR10: 0.594,
    AR100: 0.595,
    ARs: 0.64,
    ARm: 0.566,
    ARl: 0.564,
  };
  const lines = metricsText(metrics).split('\n');
  expect(lines).toHaveLength(12);
  expect(lines[0]).toBe(' Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.505');
  expect(lines[1]).toBe(' Average Precision  (AP) @[ IoU=0.50      | area=   all | maxDets=100 ] = 0.697');
  expect(lines[3]).toBe(' Average Precision  (AP) @[ IoU=0.50:0.95 | area= small | maxDets=100 ] = -1.000');
  expect(lines[6]).toBe(' Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets=  1 ] = 0.387');
});
