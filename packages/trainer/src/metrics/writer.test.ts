import { appendFileSync, existsSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
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

test('one line that is no row takes no other with it', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'sed-metrics-')), 'metrics.jsonl');
  const row = (step: number) => ({ kind: 'warning' as const, step, code: 'x', message: 'm' });
  appendMetrics(file, row(1));
  for (const junk of [
    '{"kind":"tra',
    'null',
    '[]',
    '7',
    '{"kind":"train"}',
    '{"kind":"train","step":"9"}',
    '\u0000\u0000',
  ])
    appendFileSync(file, `${junk}\n`);
  appendMetrics(file, row(2));
  appendMetrics(file, row(3));
  expect(readMetrics(file)).toEqual([row(1), row(2), row(3)]);
  const said: string[] = [];
  truncateMetrics(file, 2, false, (message) => said.push(message));
  expect(said).toEqual([`${file}: 7 lines are no row and left out (2, 3, 4, 5, 6, …).`]);
  expect(readFileSync(file, 'utf8')).toBe([row(1), row(2)].map((r) => `${JSON.stringify(r)}\n`).join(''));
});

const full = process.platform === 'linux' && existsSync('/dev/full') ? test : test.skip;
full('a full disk is an error that names the file', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'sed-metrics-')), 'metrics.jsonl');
  symlinkSync('/dev/full', file);
  expect(() => appendMetrics(file, { kind: 'done', step: 1, seconds: 1 })).toThrow(
    `ENOSPC: no space left on device, write '${file}'`,
  );
});
