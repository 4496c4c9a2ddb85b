/**
 * `sed-cli data check` on everything that users bring and that is wrong, and training on what is left of it. Each in a
 * process of its own, as memory is measured. Needs the packages built (`tsc -b`), as the root's test command does
 * first.
 *
 * The garbage file has 64 MB; `SED_TEST_GARBAGE_MB=1024` writes a whole gigabyte.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { plantFaults, type PlantedData } from './testing/planted-faults.ts';

const here = fileURLToPath(new URL('..', import.meta.url));

/** Runs a command line and writes the most memory that the process had, in MB. */
const PROGRAM = `
const { run, processIo } = await import('@sed/cli');
process.exitCode = await run(JSON.parse(process.argv[1]), processIo());
process.stderr.write('\\npeak ' + process.resourceUsage().maxRSS / 1024);
`;

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly peak: number;
}

function sedCli(...args: string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { cwd: here, maxBuffer: 1 << 26, timeout: 280_000, killSignal: 'SIGKILL' } as const;
    const argv = ['--input-type=module', '-e', PROGRAM, JSON.stringify(args)];
    execFile(process.execPath, argv, options, (error, stdout, stderr) => {
      const peak = Number(/peak ([\d.]+)/.exec(stderr)?.[1]);
      resolve({ code: error === null ? 0 : (error.code as unknown as number), stdout, stderr, peak });
    });
  });
}

let folder: string;
let planted: PlantedData;
const at = (name: string) => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sed-faults-'));
  planted = plantFaults(folder, Number(process.env['SED_TEST_GARBAGE_MB'] ?? 64));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const coco = (name: string) => ['--coco', at(name), '--images', at('images')];
const text = ({ stdout }: Ran) => stdout.replaceAll(folder, '<dir>');

let checked: Ran;
let alone: Ran;
beforeAll(async () => {
  alone = await sedCli('data', 'check', ...coco('val.json'));
  const files = planted.files.flatMap(({ file }) => coco(file));
  checked = await sedCli(
    'data',
    'check',
    '--all',
    '--images',
    at('loose'),
    ...coco('train.json'),
    ...coco('bom.json'),
    ...files,
  );
}, 120_000);

test('one command names every fault', () => {
  const lines = text(checked);
  const all = [...planted.entries, ...planted.files, ...planted.loose];
  expect(all.length).toBeGreaterThan(50);
  expect(all.filter(({ told }) => !lines.includes(told))).toEqual([]);
  expect(checked.code).toBe(1);
});

test('and nothing that is right', () => {
  // the hint where a missing file may be shows what is there
  const lines = text(checked)
    .split('\n')
    .filter((line) => !line.includes('does not exist'));
  for (const name of planted.harmless) {
    expect(lines.filter((line) => line.includes(JSON.stringify(name).slice(1, -1)))).toEqual([]);
  }
  expect(lines.find((line) => line.startsWith('<dir>/bom.json'))).toMatch(/<dir>\/bom\.json +3 +3 /);
  expect(alone.code).toBe(0);
  // the folder holds the images of other files too, and links to nothing
  expect(text(alone)).toContain('  2 × links and folders that are passed over');
  expect(text(alone)).toMatch(/No fault in this data\. It does without \d+ of the files below its folders\.$/m);
});

test('its memory does not grow with the files that are wrong', () => {
  expect(alone.peak).toBeGreaterThan(20);
  expect(checked.peak - alone.peak).toBeLessThan(64);
});

test('--json has it all as data', async () => {
  const ran = await sedCli('data', 'check', '--json', ...coco('trainable.json'));
  const report = JSON.parse(ran.stdout) as {
    stops: boolean;
    parts: { images: number; annotations: number }[];
    problems: { total: number; byKind: { count: number; skips: string }[]; leftOut: { images: number } };
  };
  expect(ran.code).toBe(1);
  expect(report.stops).toBe(true);
  expect(report.parts[0]).toMatchObject({ images: planted.left.images, annotations: planted.left.boxes });
  expect(report.problems.leftOut.images).toBe(planted.leftOut.images);
  expect(report.problems.byKind.reduce((n, { count }) => n + count, 0)).toBe(report.problems.total);
});

function config(onFault: 'stop' | 'skip'): string {
  const part = (name: string) => ({ annotations: at(name), images: at('images') });
  writeFileSync(
    at(`${onFault}.config.json`),
    JSON.stringify({
      data: {
        labeled: part('trainable.json'),
        unlabeled: { images: at('loose') },
        validation: part('val.json'),
        onFault,
      },
      detector: {
        backbone: { name: 'efficientnet-lite0', trainableStages: 2, trainableNorm: true },
        fpn: { channels: 8 },
        head: { depth: 1, channels: 8 },
        initialization: 'he',
        anchors: { kind: 'exact', side: 3, octaveScales: 1, ratios: [1], centerOffset: 0.5 },
      },
      input: { resize: { kind: 'fit', long: 64, short: 64, scale: [0.8, 1] }, canvas: { width: 64, height: 64 } },
      batch: { labeled: 2, unlabeled: 2 },
      optimizer: { lr: 0.002, clip: 10, warmup: { steps: 2, factor: 0.5 } },
      schedule: { kind: 'step', milestones: [5] },
      iterations: 6,
      method: { kind: 'sed', burnIn: 2 },
      evaluation: { every: 0 },
      checkpoints: { every: 0 },
      telemetry: { every: 1, pseudoLabels: { every: 0 } },
    }),
  );
  return at(`${onFault}.config.json`);
}

test('a run stops before its first step, with the list', async () => {
  const ran = await sedCli('train', '--config', config('stop'), '--out', at('stopped'));
  expect(ran.code).toBe(1);
  expect(ran.stderr.replaceAll(folder, '<dir>')).toMatch(/"data\.labeled": <dir>\/trainable\.json: \d+ problems \(/);
  expect(() => readFileSync(at('stopped/metrics.jsonl'))).toThrow('ENOENT');
}, 60_000);

test('told to skip, it trains on the good part and counts what it left out', async () => {
  const ran = await sedCli('train', '--config', config('skip'), '--out', at('skipped'));
  expect(`${ran.code} ${ran.stderr}`).toMatch(/^0 /);
  const rows = readFileSync(at('skipped/metrics.jsonl'), 'utf8').trim().split('\n');
  type Row = {
    kind: string;
    total?: number;
    images?: object;
    leftOut?: { images: number; faults: Record<string, number> };
  };
  const parsed = rows.map((row) => JSON.parse(row) as Row);
  const [start] = parsed;
  expect(start).toMatchObject({
    kind: 'start',
    images: { labeled: planted.left.images, unlabeled: 6, validation: 3 },
    leftOut: { images: planted.leftOut.images },
  });
  expect(start!.leftOut!.faults['missing image files']).toBeGreaterThan(3);
  const steps = parsed.filter(({ kind }) => kind === 'train');
  expect(steps).toHaveLength(6);
  expect(steps.every(({ total }) => Number.isFinite(total))).toBe(true);
  expect(ran.stderr).toContain(`left out: ${planted.leftOut.images - planted.leftOut.unreadable} images`);
  expect(readFileSync(at('skipped/report.html'), 'utf8')).toContain('left out as faulty');
}, 120_000);
