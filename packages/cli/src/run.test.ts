import { mkdtemp, readFile, rm, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explain, UsageError } from './errors.ts';
import { runCli } from './testing/run-cli.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sed-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const COMMANDS = ['doctor', 'setup', 'train', 'eval', 'predict', 'split', 'synth', 'report', 'bench'];

test('--help lists every command, on stdout, with exit code 0', async () => {
  const { code, stdout, stderr } = await runCli(['--help']);
  expect(code).toBe(0);
  for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command}`, 'm'));
  expect(stderr).toBe('');
});

test.each([...COMMANDS.map((c) => [c]), ['bench', 'step']])('%s %s --help', async (...words) => {
  const { code, stdout, stderr } = await runCli([...words.filter((w) => typeof w === 'string'), '--help']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Usage: sed-cli /);
  expect(stdout).toContain('--verbose');
  expect(stderr).toBe('');
});

test('--version is the version of the package', async () => {
  const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(await runCli(['--version'])).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
});

test.each([
  [[], /Usage: sed-cli/],
  [['trian'], /unknown command 'trian'[^]*Did you mean train\?/],
  [['split'], /Which protocol\? coco-standard/],
  [['split', 'coco'], /There is no protocol coco; there are coco-standard/],
  [['doctor', '--nope'], /unknown option '--nope'/],
  [['doctor', '--jsn'], /unknown option '--jsn'[^]*Did you mean --json\?/],
  [['doctor', 'extra'], /too many arguments/],
  [['train', '--config', 'a.json'], /required option '--out <folder>'/],
  [['train', '--out', 'x'], /--config is missing/],
  [
    ['train', '--out', 'x', '--config', 'a.json', '--batch', 'two'],
    /--batch is "two"; write the images of a step as labeled\+unlabeled/,
  ],
  [['train', '--out', 'x', '--resume'], /no config\.json to resume from/],
  [['eval', '--annotations', 'a.json'], /either --detections <file> or --run/],
  [['eval', '--detections', 'b', '--protocol', 'voc07'], /Where is the ground truth\?/],
  [
    ['eval', '--annotations', 'a', '--detections', 'b', '--protocol', 'pascal'],
    /Allowed choices are coco, voc07, voc10/,
  ],
  [['predict', '--images', 'a.jpg', '--out', 'o.json'], /--run.*--model/s],
  [['predict', '--run', 'r', '--model', 'retinanet', '--images', 'a', '--out', 'o'], /--run.*--model/s],
  [['predict', '--run', 'r', '--images', 'a', '--out', 'o', '--score', '2'], /Must be a number from 0 to 1/],
  [['predict', '--run', 'r', '--images', 'a', '--out', 'o', '--scales', '480'], /two or more different whole numbers/],
  [
    ['predict', '--run', 'r', '--images', 'a', '--out', 'o', '--scales', '480,800', '--size', '64'],
    /either --size \(one\) or --scales/,
  ],
  [['predict', '--run', 'r', '--images', 'a', '--out', 'o', '--norm-epsilon', '0'], /--norm-epsilon goes with --model/],
  [['eval', '--run', 'r', '--detections', 'd'], /either --detections <file> or --run/],
  [['eval', '--run', 'r', '--annotations', 'a'], /--annotations and --images go together/],
  [['eval', '--detections', 'd', '--annotations', 'a', '--scales', '64,96'], /go with --run/],
  [['synth', '--out', 'x'], /How many images\?/],
  [['synth', '--out', 'x', '--images', '1.5'], /whole number of at least 1/],
  [['synth', '--out', 'x', '--splits', 'train:5'], /--splits has "train:5"; write name=count/],
  [['synth', '--out', 'x', '--images', '5', '--splits', 'train=4'], /the splits add up to 4/],
  [['report'], /missing required argument 'run'/],
  [['report', 'no-such-folder'], /no-such-folder is no folder/],
  [['bench'], /Usage: sed-cli bench/],
  [['bench', 'loss'], /unknown command 'loss'/],
  [['bench', 'step', '--size', '100'], /--size is 100; it must be a multiple of 64/],
])('wrong use is exit code 2 and a sentence: %j', async (argv, message) => {
  const { code, stdout, stderr } = await runCli(argv, { cwd: folder });
  expect(stderr).toMatch(message);
  expect(stdout).toBe('');
  expect(code).toBe(2);
  expect(stderr).not.toMatch(/^\s+at /m);
});

test('an --out that exists needs --resume', async () => {
  const out = join(folder, 'full');
  await mkdir(out);
  await writeFile(join(out, 'config.json'), '{}');
  const { code, stderr } = await runCli(['train', '--config', 'c.json', '--out', 'full'], { cwd: folder });
  expect(code).toBe(2);
  expect(stderr).toBe(
    'sed-cli: --out full exists and is not empty. Give another folder, or --resume to go on with the run in it.\n',
  );
});

test('a failure is exit code 1, one paragraph; the stack with --verbose', async () => {
  const argv = ['eval', '--annotations', 'missing.json', '--detections', 'd.json'];
  const short = await runCli(argv, { cwd: folder });
  expect(short.code).toBe(1);
  expect(short.stderr).toContain('missing.json');
  expect(short.stderr).not.toMatch(/^\s+at /m);
  expect(short.stdout).toBe('');
  const long = await runCli([...argv, '--verbose'], { cwd: folder });
  expect(long.code).toBe(1);
  expect(long.stderr).toMatch(/^\s+at /m);
});

test('errors of the file system are sentences', () => {
  const error = Object.assign(new Error("ENOENT: no such file or directory, open '/a/b'"), {
    code: 'ENOENT',
    path: '/a/b',
  });
  expect(explain(error, false)).toBe('/a/b does not exist.');
  expect(explain(new UsageError('Say so.'), false)).toBe('Say so.');
  expect(explain(new TypeError('x is not a function'), false)).toMatch(
    /TypeError: x is not a function \(run again with --verbose/,
  );
  expect(explain('text', false)).toMatch(/not an Error/);
});
