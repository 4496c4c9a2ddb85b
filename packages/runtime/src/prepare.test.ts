import * as tf from '@tensorflow/tfjs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expectClose, onEveryBackend } from '@sed/testing';
import { describeRuntime } from './describe.ts';
import { inspectRuntime } from './inspect.ts';
import { nativePlatform } from './machine/platform.ts';
import type { TensorFlowBackend } from './native/backend.ts';
import { prepareBackend } from './prepare.ts';

const saved = { SED_BACKEND: process.env['SED_BACKEND'], SED_CACHE: process.env['SED_CACHE'] };
afterEach(() => {
  for (const [name, value] of Object.entries(saved)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

/** Whether the TensorFlow that is loaded uses one. */
const onGpu = (): boolean => (tf.findBackend('tensorflow') as unknown as TensorFlowBackend).isUsingGpuDevice;

onEveryBackend('prepareBackend', (backend) => {
  test('selects the backend, quietly, and again', async () => {
    const said: unknown[] = [];
    const { warn, log } = console;
    console.warn = console.log = (...text: unknown[]) => void said.push(text);
    try {
      for (let i = 0; i < 2; i++) {
        const prepared = await prepareBackend({ backend: backend as 'cpu' });
        expect(prepared).toMatchObject({ backend, gpu: backend === 'tensorflow' && onGpu() });
        expect(prepared.tensorflow).toBe(backend === 'tensorflow' ? '2.21.0' : undefined);
      }
      tf.tidy(() => tf.add(tf.tensor1d([1]), 1).dataSync());
    } finally {
      console.warn = warn;
      console.log = log;
    }
    expect(said).toEqual([]);
    expect(tf.getBackend()).toBe(backend);
  });

  test('differentiates', async () => {
    await prepareBackend({ backend: backend as 'cpu' });
    const x = tf.tensor1d([1, 2, 3]);
    const gradient = tf.grad((v) => tf.sum(tf.mul(v, v)))(x);
    expectClose(gradient.dataSync(), [2, 4, 6]);
    tf.dispose([x, gradient]);
  });

  test('SED_BACKEND decides where the caller leaves it open', async () => {
    process.env['SED_BACKEND'] = backend;
    expect((await prepareBackend()).backend).toBe(backend);
    expect((await prepareBackend({ backend: 'cpu' })).backend).toBe('cpu');
  });
});

describe('without the native backend', () => {
  let cache: string;
  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), 'sed-cache-'));
    process.env['SED_CACHE'] = cache;
    delete process.env['SED_BACKEND'];
  });
  afterEach(() => rmSync(cache, { recursive: true, force: true }));

  test('auto falls back to wasm, and says what that costs and what to do', async () => {
    const heard: string[] = [];
    const prepared = await prepareBackend({ log: (message) => heard.push(message) });
    expect(prepared.backend).toBe('wasm');
    expect(heard).toEqual([prepared.warning]);
    expect(prepared.warning).toMatch(/three to six times as long/);
    if (nativePlatform().supported)
      expect(prepared.warning).toMatch(/TensorFlow is not installed\..*sed\/runtime install/);
  });

  test('asked for by name it is an error with the remedy', async () => {
    await expect(prepareBackend({ backend: 'tensorflow' })).rejects.toThrow(/tensorflow cannot run: /);
  });

  test('an unknown name is refused, with where it came from', async () => {
    process.env['SED_BACKEND'] = 'webgpu';
    await expect(prepareBackend()).rejects.toThrow(
      /"webgpu"; it can be auto, tensorflow, wasm, cpu \(it comes from SED_BACKEND\)/,
    );
  });

  test('inspectRuntime says so, and is cheap', async () => {
    const begun = performance.now();
    const report = await inspectRuntime();
    expect(performance.now() - begun).toBeLessThan(1000);
    expect(report.native.usable).toBe(false);
    expect(report.cache).toEqual({ path: join(cache, 'runtime'), megabytes: 0 });
    expect(report.cpu.cores).toBeGreaterThan(0);
    expect(describeRuntime(report)).toMatch(/^- native backend: .*\n[\s\S]*three to six times/);
  });
});
