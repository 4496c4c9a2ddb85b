import { chartName } from './chart-name.ts';

test('a chart is told in words: its ends, its extremes, a line without values', () => {
  const line = (label: string, y: (number | null)[]) => ({ label, color: ['', ''] as const, x: y.map((_, i) => i), y });
  const series = [line('run · teacher', [null, 3, 1, 20, 2]), line('other', [null])];
  expect(chartName({ title: 'AP', xLabel: 'iteration' }, { name: 'AP50', series })).toBe(
    'AP, AP50, a line chart over iteration. run · teacher: from 3 to 2, lowest 1, highest 20. other: no value.',
  );
  expect(chartName({ title: 'total', xLabel: 'iteration' }, { name: '', series: [] })).toMatch(
    /^total, a line chart over/,
  );
});
