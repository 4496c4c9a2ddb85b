import { meter, type InstallProgress } from './progress.ts';
import { progressLine } from './report-progress.ts';

test('what is told never falls and never exceeds the total', () => {
  const seen: InstallProgress[] = [];
  const report = meter('download', 'a wheel', (progress) => seen.push(progress));
  report(0);
  report(100e6, 274e6);
  report(347e6, 274e6); // pip's copy for its cache, seen for a moment
  report(0, 274e6); // and its temporary file, moved away
  report(274e6, 274e6);
  expect(seen.map(({ megabytes }) => megabytes)).toEqual([0, 100, 274, 274, 274]);
  expect(seen.map(({ percent }) => percent && Math.round(percent))).toEqual([undefined, 36, 100, 100, 100]);
});

test('lines of a log: one a quarter, with sizes that can be read', () => {
  const line = progressLine(false);
  const lines = [0.1, 0.2, 5.4].map((megabytes) =>
    line({ stage: 'download', item: 'tbb', megabytes, totalMegabytes: 5.4, percent: (100 * megabytes) / 5.4 }),
  );
  expect(lines).toEqual(['fetching tbb  0 %  0.1 of 5.4 MB\n', '', 'fetching tbb  100 %  5.4 of 5.4 MB\n']);
  expect(line({ stage: 'download', item: 'tensorflow' })).toBe(''); // its name is in the log already
  expect(progressLine(true)({ stage: 'download', item: 'x', megabytes: 100, totalMegabytes: 274, percent: 36.4 })).toBe(
    '\r\x1b[Kfetching x  36 %  100 of 274 MB',
  );
});
