/**
 * Methods defined outside of the packages: they train, resume to the byte, and are evaluated and reported by the names
 * they have.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { standardMethods, type AnyMethod } from '@sed/methods';
import { prepareBackend } from '@sed/runtime';
import { loadRun, parseConfig, readMetrics, train, type TrainOptions, type TrainRow } from '@sed/trainer';
import * as tf from '@tensorflow/tfjs';
import { coTraining } from './testing/co-training.ts';
import { hardLabels } from './testing/hard-labels.ts';
import { cli, env, writeTinyRun } from './testing/tiny-run.ts';

const PATIENCE = 240_000;

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sed-own-method-'));
  writeTinyRun(folder, { method: { kind: 'hard-labels' } });
  await prepareBackend({});
}, PATIENCE);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const files = (out: string): Record<string, string> => {
  const at = join(out, 'checkpoints/step-9');
  const names = readdirSync(at).filter((name) => name !== 'state.json');
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(at, name)).toString('base64')]));
};
const trainRows = (out: string) =>
  readMetrics(join(out, 'metrics.jsonl')).filter((row): row is TrainRow => row.kind === 'train');

describe.each<[string, AnyMethod, { networks: string[]; models: string[]; losses: string[] }]>([
  [
    hardLabels.kind,
    hardLabels,
    {
      networks: ['labeler', 'model', 'model.optimizer'],
      models: ['model'],
      losses: [
        'supervised.classification',
        'supervised.boxRegression',
        'pseudo.classification',
        'pseudo.boxRegression',
      ],
    },
  ],
  [
    coTraining.kind,
    coTraining,
    {
      networks: ['first', 'first.optimizer', 'second', 'second.optimizer'],
      models: ['first', 'second'],
      losses: [
        'first.supervised.classification',
        'first.supervised.boxRegression',
        'first.agreement',
        'second.supervised.classification',
        'second.supervised.boxRegression',
        'second.agreement',
      ],
    },
  ],
])('%s', (_, method, { networks, models, losses }) => {
  const methods = [...standardMethods, method];
  const config = () => parseConfig({ ...base, method: { kind: method.kind } }, { methods });
  const run = (name: string, options: Partial<TrainOptions> = {}) =>
    train(config(), { out: join(folder, `${method.kind}-${name}`), methods, ...options });
  let whole: string;
  let base: object;
  beforeAll(() => {
    base = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as object;
    whole = join(folder, `${method.kind}-whole`);
  });

  test(
    'trains, is evaluated by its names, and leaves no tensor behind',
    async () => {
      const before = tf.memory().numTensors;
      const { step, evaluations } = await run('whole');
      expect(tf.memory().numTensors).toBe(before);
      expect(step).toBe(9);
      expect(Object.keys(evaluations)).toEqual(models);
      expect(Object.keys(files(whole)).filter((name) => name !== 'method.json')).toEqual(
        networks.map((name) => `${name}.safetensors`).sort(),
      );
      const last = trainRows(whole).at(-1)!;
      expect(Object.keys(last.losses)).toEqual(losses);
      expect(Object.values(last.losses).every(Number.isFinite)).toBe(true);
    },
    PATIENCE,
  );

  test(
    'stopped and resumed it ends with the same bytes, its memory among them',
    async () => {
      const abort = new AbortController();
      const stopAt5 = (event: { kind: string; step?: number }) => {
        if (event.kind === 'progress' && event.step === 5) abort.abort(new Error('stopped'));
      };
      const stopped = await run('resumed', { signal: abort.signal, onEvent: stopAt5 });
      expect(stopped).toMatchObject({ step: 5, stopped: true });
      await run('resumed', { resume: true });
      expect(files(join(folder, `${method.kind}-resumed`))).toEqual(files(whole));
    },
    PATIENCE,
  );

  test(
    'its networks are loaded by name, and the report shows them and their losses without knowing the method',
    () => {
      const loaded = loadRun(whole, { checkpoint: 'last' });
      expect(loaded.model).toBe(models[0]);
      tf.dispose([...loaded.parameters.values()]);
      expect(() => loadRun(whole, { model: 'teacher', checkpoint: 'last' })).toThrow(/has no teacher; it has: /);
      execFileSync(process.execPath, [cli, 'report', whole, '--images', '1'], { env, timeout: PATIENCE });
      const page = readFileSync(join(whole, 'report.html'), 'utf8');
      for (const name of [method.kind, ...models]) expect(page).toContain(name);
    },
    PATIENCE,
  );

  test(
    'sed-cli train takes it from a module, and goes on with it',
    () => {
      const file = join(folder, `${method.kind}.json`);
      writeFileSync(file, JSON.stringify({ ...base, method: { kind: method.kind } }));
      const out = join(folder, `${method.kind}-by-command`);
      const module = fileURLToPath(new URL(`../dist/testing/${method.kind}.js`, import.meta.url));
      const sed = (...args: string[]) =>
        execFileSync(process.execPath, [cli, 'train', '--out', out, '--no-report', '--methods', module, ...args], {
          env,
          timeout: PATIENCE,
          stdio: 'pipe',
        });
      sed('--config', file);
      sed('--resume');
      expect(files(out)).toEqual(files(whole));
    },
    PATIENCE,
  );

  test('without it the config is refused, and the methods there are named', () => {
    expect(() => parseConfig({ ...base, method: { kind: method.kind } })).toThrow(
      new RegExp(`"method.kind" is "${method.kind}"; it must be one of "supervised", "sed"`),
    );
  });
});

test('two trained networks start from other weights, and what a method remembers is in its checkpoint', () => {
  const out = join(folder, 'co-training-whole');
  const found = files(out);
  expect(found['first.safetensors']).not.toEqual(found['second.safetensors']);
  const stored = JSON.parse(Buffer.from(found['method.json']!, 'base64').toString()) as unknown;
  expect(stored).toMatchObject({ kind: 'co-training', memory: { steps: 6 } });
  const warned = readMetrics(join(out, 'metrics.jsonl')).filter((row) => row.kind === 'warning' && row.step > 0);
  expect(warned).toMatchObject([{ step: 5, code: 'agreement' }]);
});

test('a frozen network is the copy of the step that it was made at', async () => {
  const at = (step: number, model: string) => loadRun(join(folder, 'hard-labels-whole'), { checkpoint: step, model });
  const [then, frozen, now] = [at(3, 'model'), at(9, 'labeler'), at(9, 'model')];
  const differs = (a: typeof then, b: typeof then) =>
    [...a.parameters].some(([name, tensor]) =>
      tf.tidy(() => tf.any(tf.notEqual(tensor, b.parameters.get(name)!)).dataSync()[0]!),
    );
  expect([differs(then, frozen), differs(now, frozen)]).toEqual([false, true]);
  for (const { parameters } of [then, frozen, now]) tf.dispose([...parameters.values()]);
});
