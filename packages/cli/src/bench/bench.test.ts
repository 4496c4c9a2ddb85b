/** The bench commands as a user runs them, with the smallest model there is. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { runCli, type CliResult } from '../testing/run-cli.ts';
import { growthTable } from './grid.ts';
import { judge, memoryText } from './memory.ts';

let folder: string;
const before = process.env['SED_BACKEND'];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sed-bench-'));
  process.env['SED_BACKEND'] = 'wasm';
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  if (before === undefined) delete process.env['SED_BACKEND'];
  else process.env['SED_BACKEND'] = before;
});

const LITE = ['--backbone', 'efficientnet-lite0', '--classes', '2', '--size', '64'];
const bench = (...words: string[]): Promise<CliResult> => runCli(['bench', ...words], { cwd: folder });
const json = ({ code, stdout, stderr }: CliResult): Record<string, unknown> => {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.trim().split('\n')).toHaveLength(1);
  return JSON.parse(stdout) as Record<string, unknown>;
};

test('bench step --profile prints phases, ops and counts, and writes what it measured', async () => {
  const { code, stdout } = await bench('step', ...LITE, '--steps', '1', '--profile', 'profile');
  expect(code).toBe(0);
  for (const words of ['teacher forward', 'student forward, half', 'EMA', 'SedConvolution', 'GFLOP', 'profiling takes'])
    expect(stdout).toContain(words);
  const read = (name: string): string => readFileSync(join(folder, 'profile', name), 'utf8');
  const { profile, ms_per_step } = JSON.parse(read('profile.json')) as {
    ms_per_step: number;
    profile: { phases: { phase: string; gflop: number; ms: number }[]; totals: Record<string, number> };
  };
  const phase = Object.fromEntries(profile.phases.map((row) => [row.phase, row]));
  const gflop = (name: string): number => phase[name]!.gflop;
  // the same network on images of the same size; the half has a quarter of the pixels
  expect(gflop('teacher forward')).toBeGreaterThan(0.05);
  expect(gflop('student forward, full')).toBe(gflop('teacher forward'));
  expect(gflop('supervised forward')).toBe(gflop('teacher forward'));
  expect(gflop('student forward, half') / gflop('teacher forward')).toBeCloseTo(0.25, 1);
  expect(gflop('supervised backward')).toBeGreaterThan(gflop('supervised forward'));
  expect(profile.totals['downloads']).toBe(1);
  expect(ms_per_step).toBeGreaterThan(0);
  expect(read('profile.txt')).toContain('[1,2,2,1152] [1,1,1152,192]');
  expect((JSON.parse(read('trace.json')) as { traceEvents: object[] }).traceEvents.length).toBeGreaterThan(500);
});

test('bench step --memory is flat, and fails where tensors are left behind', async () => {
  const argv = ['step', ...LITE, '--steps', '2', '--memory', '1', '--json'];
  const flat = json(await bench(...argv));
  expect(flat).toMatchObject({ constant: true, parameters: { trained: expect.any(Number) as number } });
  expect((flat['memory'] as object[]).map((row) => (row as { step: number }).step)).toEqual([1, 2]);
  const leak = setInterval(() => void tf.scalar(1), 0); // runs between the steps
  try {
    const { code, stdout } = await bench(...argv.slice(0, -1));
    expect(code).toBe(1);
    expect(stdout).toMatch(/The number of tensors changes: \d+ after step 1, \d+ after step 2\. A step leaves/);
  } finally {
    clearInterval(leak);
  }
});

test('bench forward: times, counts, nothing left behind', async () => {
  const found = json(await bench('forward', ...LITE, '--batch', '2', '--steps', '2', '--count', '--json'));
  expect(Object.keys(found)).toEqual(
    expect.arrayContaining(['ms_per_forward', 'ms_min', 'images_per_second', 'peak_rss_mib', 'counts']),
  );
  expect(found).toMatchObject({ backend: 'wasm', model: 'retinanet', size: 64, batch: 2, steps: 2 });
  const more = json(await bench('forward', '--model', 'fasterrcnn', ...LITE, '--steps', '1', '--json'));
  expect(more).toMatchObject({ model: 'fasterrcnn', batch: 1 });
  expect(more['counts']).toBeUndefined();
});

test('lists: a process for each point, and how the cost grows', async () => {
  const bin = fileURLToPath(new URL('../../dist/index.js', import.meta.url));
  if (!existsSync(bin)) throw new Error('packages/cli is not built: npx tsc -b packages/cli');
  const { runs } = json(await bench('forward', ...LITE, '--batch', '1,2', '--steps', '1', '--json')) as {
    runs: { batch: number; peak_rss_mib: number }[];
  };
  expect(runs.map(({ batch }) => batch)).toEqual([1, 2]);
  expect(runs[0]!.peak_rss_mib).toBeGreaterThan(50);
  const point = { peak_rss_mib: 700, gflop: 10, mib_moved: 20, downloads: 1, launches: 30 };
  const lines = growthTable([
    { size: 256, images: 2, ms: 100, ...point },
    { size: 512, images: 4, ms: 900, ...point },
  ]).split('\n');
  expect(lines[0]).toMatch(/size +images +ms +ms a megapixel +pixels × +ms × +peak MiB +GFLOP/);
  expect(lines[2]).toMatch(/^512 +4 +900\.0 +858 +8\.00 +9\.00 +700 +10\.0 +20 +30 +1$/);
});

test('bench eval: the written results give the same metrics', async () => {
  const size = ['--images', '40', '--detections', '20', '--classes', '5', '--runs', '1'];
  const made = json(await bench('eval', ...size, '--write', 'results', '--json'));
  const again = await bench('eval', ...size, '--write', 'results', '--json');
  expect(again).toMatchObject({ code: 2, stdout: '' });
  expect(again.stderr).toMatch(/--write: .*instances\.json is there already and is not an empty file/);
  expect(made).toMatchObject({ images: 40, detections: 800, classes: 5 });
  expect(made['seconds_load']).toBeUndefined();
  const read = json(await bench('eval', '--from', 'results', '--runs', '2', '--json'));
  expect(read['metrics']).toEqual(made['metrics']);
  expect((read['metrics'] as { AP: number }).AP).toBeGreaterThan(0.05);
  expect(read).toMatchObject({ objects: made['objects'], runs: 2, seconds_load: expect.any(Number) as number });
});

test.each<[string[], RegExp]>([
  [['step', '--size', '100'], /--size is 100; it must be a multiple of 64/],
  [['step', '--size', '128,128'], /different ones with commas/],
  [['step', '--size', '64,x'], /Must be a whole number of at least 64/],
  [['step', '--batch', '1', '--labeled', '2'], /--batch sets labeled and unlabeled images alike/],
  [['step', '--size', '128,256', '--profile', 'p'], /--profile and --memory look at one size/],
  [['step', '--memory', '--steps', '150'], /looks after every 100 steps; --steps 150 must be at least 200/],
  [['step', '--backbone', 'vgg16'], /Allowed choices are/],
  [['forward', '--size', '48'], /--size is 48; it must be a multiple of 32/],
  [['forward', '--batch', '1,2', '--profile', 'p'], /--profile looks at one size/],
  [['eval', '--write', 'a', '--from', 'b'], /Give either --write or --from/],
  [['eval', '--runs', '0'], /at least 1/],
])('wrong use is told: bench %j', async (argv, message) => {
  const { code, stdout, stderr } = await bench(...argv);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(message);
});

test('memory: judged by tensors; growth over the second half', () => {
  const row = (step: number, rss_mib: number, tensors = 10) => ({ step, rss_mib, tensors, tensor_mib: 1 });
  const flat = [row(100, 500), row(200, 600), row(300, 602.5)];
  expect(judge(flat)).toEqual({ constant: true, rss_growth_mib: 2.5 });
  expect(memoryText(flat, judge(flat))).toMatch(/grew by 2\.5 MiB over the second half\n10 tensors after every step/);
  expect(judge([row(100, 500), row(200, 500, 11)]).constant).toBe(false);
});
