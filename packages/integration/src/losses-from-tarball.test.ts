/**
 * @sed/losses as a stranger gets it: packed, installed from the tarball beside TensorFlow.js and nothing else, and used
 * on a detector that is not ours. Needs the packages built (`tsc -b`), as the root's test command does first. No
 * network: npm installs the tarballs offline, and TensorFlow.js is linked from this workspace.
 */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const { config } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { config: { pnpm: string } };

/** The user's program: a two-level convolution network with a head of its own, in tf.layers. */
const PROGRAM = `
import * as tf from '@tensorflow/tfjs';
import { pairPyramids, scaleConsistencyLoss, selfDistillationLoss } from '@sed/losses';

const CLASSES = 2;
const detector = (seed) => {
  const kernelInitializer = () => tf.initializers.heNormal({ seed: seed++ });
  const conv = (x, filters, strides, activation) =>
    tf.layers.conv2d({ filters, kernelSize: 3, strides, padding: 'same', activation, kernelInitializer: kernelInitializer() }).apply(x);
  const image = tf.input({ shape: [null, null, 3] });
  const stride4 = conv(conv(image, 6, 2, 'relu'), 8, 2, 'relu');
  const stride8 = conv(stride4, 8, 2, 'relu');
  return tf.model({ inputs: image, outputs: [stride4, stride8].map((level) => conv(level, CLASSES + 4, 1, 'linear')) });
};
const rows = (level) => {
  const flat = tf.reshape(level, [-1, CLASSES + 4]);
  return { logits: tf.slice(flat, [0, 0], [-1, CLASSES]), deltas: tf.slice(flat, [0, CLASSES], [-1, 4]) };
};
const predict = (model, image) => model.predict(image).map(rows);

const [student, teacher] = [detector(1), detector(100)];
const image = tf.randomUniform([1, 16, 16, 3], 0, 1, 'float32', 5);
const reduced = tf.image.resizeBilinear(image, [8, 8], false, true);
const targets = predict(teacher, image);
const options = { activation: 'sigmoid' };

const losses = () => {
  const [full, half] = [predict(student, image), predict(student, reduced)];
  const distillation = targets.map((target, level) => selfDistillationLoss(target, full[level], options));
  const scale = pairPyramids(full, half, 1).map(([a, b]) => scaleConsistencyLoss(a, b, options));
  const sum = (list) => tf.addN(list.flatMap(({ classification, regression }) => [classification, regression]));
  return { distillation: sum(distillation), scale: sum(scale) };
};
const read = () => tf.tidy(() => Object.fromEntries(Object.entries(losses()).map(([name, loss]) => [name, loss.dataSync()[0]])));

const optimizer = tf.train.adam(0.02);
const step = () => optimizer.minimize(() => { const l = losses(); return tf.add(l.distillation, tf.mul(l.scale, 0.5)); });
const before = read();
step();
const tensors = tf.memory().numTensors;
for (let i = 0; i < 40; i++) step();
process.stdout.write(JSON.stringify({ before, after: read(), leaked: tf.memory().numTensors - tensors, backend: tf.getBackend() }));
`;

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sed-losses-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (command: string, args: string[], cwd: string): string =>
  execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    timeout: 280_000,
    killSignal: 'SIGKILL',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });

function pack(name: string): string {
  const from = join(root, 'packages', name);
  if (!existsSync(join(from, 'dist', 'index.js')))
    throw new Error(`packages/${name} is not built; run "npx tsc -b" first.`);
  const into = join(folder, 'tarballs', name);
  mkdirSync(into, { recursive: true });
  run('npx', ['--yes', '--prefer-offline', `pnpm@${config.pnpm}`, 'pack', '--pack-destination', into], from);
  return join(into, readdirSync(into)[0]!);
}

test('a detector that is not ours trains with the losses from the tarball', () => {
  const project = join(folder, 'project');
  mkdirSync(project);
  const tarballs = {
    '@sed/geometry': pack('geometry'),
    '@sed/losses': pack('losses-sed'),
    '@sed/tensor-ops': pack('tensor-ops'),
  };
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({
      name: 'stranger',
      private: true,
      type: 'module',
      dependencies: Object.fromEntries(Object.entries(tarballs).map(([name, path]) => [name, `file:${path}`])),
    }),
  );
  run('npm', ['install', '--offline', '--legacy-peer-deps', '--ignore-scripts', '--no-audit', '--no-fund'], project);
  expect(readdirSync(join(project, 'node_modules', '@sed')).sort()).toEqual(['geometry', 'losses', 'tensor-ops']);

  const installed = join(project, 'node_modules', '@sed', 'losses');
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
    peerDependencies: Record<string, string>;
  };
  const version = expect.stringMatching(/^\^\d/); // no workspace: left
  expect(manifest.dependencies).toEqual({ '@sed/geometry': version, '@sed/tensor-ops': version });
  expect(manifest.peerDependencies).toEqual({ '@tensorflow/tfjs-core': '^4.22.0' });
  const files = readdirSync(installed, { recursive: true }).map(String);
  expect(files).toContain(join('dist', 'index.d.ts'));
  expect(files.filter((file) => /\.test\.|tsbuildinfo|fixtures/.test(file))).toEqual([]);

  mkdirSync(join(project, 'node_modules', '@tensorflow'));
  for (const name of ['tfjs', 'tfjs-core']) {
    const target = realpathSync(join(root, 'packages', 'losses-sed', 'node_modules', '@tensorflow', name));
    symlinkSync(target, join(project, 'node_modules', '@tensorflow', name), 'dir');
  }
  writeFileSync(join(project, 'train.js'), PROGRAM);
  const { before, after, leaked, backend } = JSON.parse(run(process.execPath, ['train.js'], project)) as {
    before: Record<string, number>;
    after: Record<string, number>;
    leaked: number;
    backend: string;
  };
  expect(backend).toBe('cpu'); // plain TensorFlow.js, no backend of ours
  expect(leaked).toBe(0);
  expect(before['distillation']).toBeGreaterThan(0);
  expect(before['scale']).toBeGreaterThan(0);
  expect(after['distillation']).toBeLessThan(before['distillation']! / 3);
  expect(after['scale']).toBeLessThan(before['scale']!);
}, 240_000);
