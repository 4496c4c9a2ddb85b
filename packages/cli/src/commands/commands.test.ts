/** Commands that need no TensorFlow, run for real. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCli } from '../testing/run-cli.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sed-commands-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const parseOne = (stdout: string): Record<string, unknown> => {
  expect(stdout.endsWith('\n')).toBe(true);
  expect(stdout.trim().split('\n')).toHaveLength(1);
  return JSON.parse(stdout) as Record<string, unknown>;
};

describe('doctor', () => {
  test('--json is one object with what runs here', async () => {
    const { code, stdout, stderr } = await runCli(['doctor', '--json']);
    expect(code).toBe(0);
    expect(stderr).toBe('');
    const found = parseOne(stdout);
    expect(found['node']).toBe(process.version);
    expect(['tensorflow', 'wasm']).toContain(found['backend']);
    expect((found['decoders'] as { formats: string[] }).formats).toEqual(
      expect.arrayContaining(['jpeg', 'png', 'webp']),
    );
    expect(found['advice']).toBeInstanceOf(Array);
  });

  test('says what is missing and the command that brings it', async () => {
    const { stdout, code } = await runCli(['doctor'], { env: { SED_CACHE: join(folder, 'empty') } });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^backend +/m);
    expect(stdout).toMatch(/weights +efficientnet-lite0-imagenet: not here/);
    expect(stdout).toMatch(/→ The pretrained weights efficientnet-lite0-imagenet are not here: run `sed-cli setup`/);
  });
});

describe('eval', () => {
  test('the twelve numbers of the contract in --json, pycocotools’ lines without', async () => {
    const truth = join(folder, 'truth.json');
    const detections = join(folder, 'detections.json');
    await writeFile(
      truth,
      JSON.stringify({
        images: [{ id: 1, file_name: 'a.jpg', width: 200, height: 200 }],
        annotations: [{ id: 1, image_id: 1, category_id: 7, bbox: [10, 10, 50, 50], area: 2500, iscrowd: 0 }],
        categories: [{ id: 7, name: 'cat' }],
      }),
    );
    await writeFile(detections, JSON.stringify([{ image_id: 1, category_id: 7, bbox: [10, 10, 50, 40], score: 0.9 }]));
    const argv = ['eval', '--annotations', truth, '--detections', detections];
    const json = await runCli([...argv, '--json']);
    expect({ code: json.code, stderr: json.stderr }).toEqual({ code: 0, stderr: '' });
    const metrics = parseOne(json.stdout);
    expect(Object.keys(metrics)).toEqual([
      'AP',
      'AP50',
      'AP75',
      'APs',
      'APm',
      'APl',
      'AR1',
      'AR10',
      'AR100',
      'ARs',
      'ARm',
      'ARl',
    ]);
    // IoU 0.8: right at 0.50, 0.55, … 0.80, seven of the ten thresholds.
    expect(metrics['AP']).toBeCloseTo(0.7, 6);
    expect(metrics['AP50']).toBeCloseTo(1, 6);
    expect(metrics['APs']).toBe(-1);
    expect(metrics['APm']).toBeCloseTo(0.7, 6);
    const text = await runCli(argv);
    expect(text.stdout.trim().split('\n')).toHaveLength(12);
    expect(text.stdout).toContain(' Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.700');
  });
});

describe('synth', () => {
  test('writes what --splits say and sums it up', async () => {
    const out = join(folder, 'scenes');
    const argv = [
      'synth',
      '--out',
      out,
      '--seed',
      '3',
      '--splits',
      'train=2,val=1',
      '--unlabeled',
      'pool=2',
      '--width',
      '96',
      '--height',
      '64',
      '--json',
    ];
    const { code, stdout, stderr } = await runCli(argv);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { splits } = parseOne(stdout) as unknown as {
      splits: { name: string; images: number; annotations?: string }[];
    };
    expect(splits.map((s) => [s.name, s.images])).toEqual([
      ['train', 2],
      ['val', 1],
      ['pool', 2],
    ]);
    expect(splits[2]!.annotations).toBeUndefined();
    const truth = JSON.parse(await readFile(splits[0]!.annotations!, 'utf8')) as { images: { width: number }[] };
    expect(truth.images.map((i) => i.width)).toEqual([96, 96]);
  });

  test('a class that is not there is a sentence', async () => {
    const { code, stderr } = await runCli(['synth', '--out', join(folder, 'x'), '--images', '1', '--classes', 'brid']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/"brid" is unknown; did you mean "bird"\?/);
  });
});

describe('the binary', () => {
  const bin = fileURLToPath(new URL('../../bin/sed-cli.mjs', import.meta.url));
  const built = existsSync(fileURLToPath(new URL('../../dist/index.js', import.meta.url)));
  const sed = (...argv: string[]) =>
    spawnSync(process.execPath, [bin, ...argv], { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } });

  (built ? test : test.skip)('exit codes reach the shell; --help needs no TensorFlow', () => {
    expect(sed('--help').status).toBe(0);
    expect(sed('--nope').status).toBe(2);
    expect(sed('report', '/no/such/run').status).toBe(2);
    expect(sed('eval', '--annotations', '/no/such.json', '--detections', '/no/such.json').status).toBe(1);
  });
});
