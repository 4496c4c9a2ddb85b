import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../testing/run-cli.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sed-check-start-'));
  const size = ['--width', '96', '--height', '64'];
  expect((await runCli(['synth', '--out', 'scenes', '--splits', 'train=4,val=2', ...size], { cwd: root })).code).toBe(
    0,
  );
  const part = (name: string) => ({
    annotations: `scenes/annotations/instances_${name}.json`,
    images: `scenes/${name}`,
  });
  const config = {
    data: { labeled: part('train'), validation: part('val') },
    detector: {
      backbone: { name: 'efficientnet-lite0', trainableStages: 5, trainableNorm: true },
      fpn: { channels: 8 },
      head: { depth: 1, channels: 8 },
    },
    input: { resize: { kind: 'fit', long: 96, short: 64 } },
    batch: { labeled: 2 },
    iterations: 20,
    method: { kind: 'supervised' },
  };
  await writeFile(join(root, 'run.json'), JSON.stringify(config));
}, 60_000);
afterAll(() => rm(root, { recursive: true, force: true }));

const check = (...set: string[]) =>
  runCli(['data', 'check', '--config', 'run.json', ...set.flatMap((s) => ['--set', s])], { cwd: root });
const train = (...argv: string[]) =>
  runCli(['train', '--config', 'run.json', '--out', 'never', '--no-report', ...argv], { cwd: root });

test('that a run starts is said when all that a run looks at is right', async () => {
  const { code, stdout } = await check();
  expect(stdout).toMatch(/A run starts with this config\.\n$/);
  expect(code).toBe(0);
}, 60_000);

test.each([
  [
    'a canvas that does not fit',
    'input.canvas={"width":64,"height":64}',
    /"input\.canvas" is 64x64, but .* becomes 96x64/,
  ],
  ['weights that are not there', 'detector.weights=none.pth', /"detector\.weights": .*none\.pth cannot be read/],
])(
  '%s stops the check as it stops the run',
  async (_, setting, message) => {
    const checked = await check(setting);
    expect(checked.stdout).toMatch(/The run stops before its first step:/);
    expect(checked.stdout).toMatch(message);
    expect(checked.stdout).toMatch(/A run does not start with this config\.\n$/);
    expect(checked.code).toBe(1);
    const run = await train('--set', setting);
    expect(run.stderr).toMatch(message);
    expect(run.code).toBe(1);
  },
  60_000,
);

test('what makes a run useless is a warning of both', async () => {
  const batch = /A step takes 8 labeled images \("batch\.labeled"\) and there are 4/;
  const checked = await check('batch.labeled=8');
  expect(checked.stdout).toMatch(/Warnings of the run:\n/);
  expect(checked.stdout).toMatch(batch);
  expect(checked.code).toBe(0);
  const run = await train('--set', 'batch.labeled=8', '--iterations', '4', '--out', 'warned');
  expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 0, stderr: expect.stringMatching(batch) as string });
}, 120_000);

test('as JSON the start stands beside the data', async () => {
  const { stdout } = await runCli(['data', 'check', '--config', 'run.json', '--set', 'batch.labeled=8', '--json'], {
    cwd: root,
  });
  const report = JSON.parse(stdout) as { stops: boolean; start: { warnings: string[] } };
  expect(report.stops).toBe(false);
  expect(report.start.warnings).toContainEqual(expect.stringMatching(/^A step takes 8 labeled images/));
}, 60_000);

describe('numbers that belong together', () => {
  const length = [
    'method.burnIn=5',
    'schedule={"kind":"step","milestones":[10]}',
    'method.alpha={"kind":"step","at":15}',
  ];
  const sets = length.flatMap((s) => ['--set', s]);

  test('--set iterations alone is refused, with what does it for all', async () => {
    const { code, stderr } = await train(...sets, '--set', 'iterations=4');
    expect(code).toBe(2);
    expect(stderr).toMatch(/"method\.burnIn" is 5 .*"method\.alpha\.at" is 15.*"schedule\.milestones" has 10, /s);
    expect(stderr).toMatch(/→ --iterations 4 in place of --set iterations=4 shortens or lengthens the whole schedule/);
    // another fault has another remedy
    const other = await train('--set', 'iterations=4', '--set', 'seed=x');
    expect(other.stderr).not.toMatch(/→ --iterations/);
  }, 60_000);

  test('looking at the data is not hindered by it', async () => {
    for (const [command, out] of [
      ['stats', 'stats'],
      ['browse', 'views.html'],
    ] as const) {
      const argv = ['data', command, '--config', 'run.json', '--out', out, '--set', 'iterations=4', ...sets];
      const { code, stderr } = await runCli(argv, { cwd: root });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    }
    expect((await check('iterations=4', ...length)).code).toBe(2); // it says whether a run starts
  }, 60_000);

  test('--iterations trains a run of that length', async () => {
    const argv = [
      'train',
      '--config',
      'run.json',
      '--out',
      'short',
      '--no-report',
      '--iterations',
      '4',
      ...sets,
      '--json',
    ];
    const { code, stderr } = await runCli(argv, { cwd: root });
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    expect(stderr).toMatch(/"iterations" 20 becomes 4; .*"method\.burnIn" 5 becomes 1/);
    const config = JSON.parse(await readFile(join(root, 'short/config.json'), 'utf8')) as Record<string, unknown>;
    expect(config).toMatchObject({
      iterations: 4,
      method: { burnIn: 1, alpha: { at: 3 } },
      schedule: { milestones: [2] },
    });
  }, 120_000);
});
