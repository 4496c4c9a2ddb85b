import { appendFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appendMetrics, readMetrics, truncateMetrics } from './writer.ts';

test('rows are appended, cut back, and never repeated', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'sed-metrics-')), 'metrics.jsonl');
  expect(readMetrics(file)).toEqual([]);
  truncateMetrics(file, 3); // nothing to cut
  for (const step of [1, 2, 3]) appendMetrics(file, { kind: 'warning', step, code: 'x', message: 'm' });
  appendFileSync(file, '{"kind":"train","step":4,"los'); // killed while writing
  expect(readMetrics(file).map((r) => r.step)).toEqual([1, 2, 3]);
  appendMetrics(file, { kind: 'done', step: 2, seconds: 1 });
  truncateMetrics(file, 2);
  appendMetrics(file, { kind: 'done', step: 3, seconds: 1 });
  expect(readMetrics(file)).toEqual([
    { kind: 'warning', step: 1, code: 'x', message: 'm' },
    { kind: 'warning', step: 2, code: 'x', message: 'm' },
    { kind: 'done', step: 3, seconds: 1 },
  ]);
});
