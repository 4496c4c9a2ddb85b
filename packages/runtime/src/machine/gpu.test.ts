import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseGpu, describeGpus, nvidiaGpus, unseenGpu } from './gpu.ts';

test('nvidiaGpus reads the names as the driver writes them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sed-gpus-'));
  try {
    for (const [bus, name] of [
      ['0000:00:07.0', 'NVIDIA L4'],
      ['0000:00:06.0', 'NVIDIA H100 80GB HBM3'],
    ] as const) {
      mkdirSync(join(folder, bus));
      writeFileSync(
        join(folder, bus, 'information'),
        `Model: \t\t ${name}\nIRQ:   \t\t 41\nGPU UUID: \t GPU-4e0d\nVideo BIOS: \t 96.00.cf.00.01\n`,
      );
    }
    expect(nvidiaGpus(folder)).toEqual(['NVIDIA H100 80GB HBM3', 'NVIDIA L4']);
  } finally {
    rmSync(folder, { recursive: true });
  }
  expect(nvidiaGpus(folder)).toEqual([]);
});

test('describeGpus names them, counted, and the driver', () => {
  expect(describeGpus(undefined)).toBe('no NVIDIA driver found');
  expect(describeGpus('WSL')).toBe('NVIDIA driver WSL');
  expect(describeGpus('580.1', ['NVIDIA H100'])).toBe('NVIDIA H100, driver 580.1');
  expect(describeGpus('580.1', ['NVIDIA L4', 'NVIDIA H100', 'NVIDIA L4'])).toBe(
    '2 x NVIDIA L4, NVIDIA H100, driver 580.1',
  );
});

test('of several GPUs the first is used, unless the user chose', () => {
  const env: NodeJS.ProcessEnv = {};
  chooseGpu(['one'], env);
  expect(env).toEqual({});
  chooseGpu(['one', 'two'], env);
  expect(env).toEqual({ CUDA_VISIBLE_DEVICES: '0' });
  const chosen: NodeJS.ProcessEnv = { CUDA_VISIBLE_DEVICES: '1' };
  chooseGpu(['one', 'two'], chosen);
  expect(chosen).toEqual({ CUDA_VISIBLE_DEVICES: '1' });
});

test('unseenGpu speaks up where a GPU was to be expected', () => {
  const state = { flavor: 'cuda', gpu: false, driver: '470.82' } as const;
  expect(unseenGpu(state)).toMatch(/sees no GPU \(NVIDIA driver 470\.82\).*TF_CPP_MIN_LOG_LEVEL=0/);
  expect(unseenGpu({ ...state, gpu: true })).toBeUndefined();
  expect(unseenGpu({ ...state, flavor: 'cpu' })).toBeUndefined();
  expect(unseenGpu({ ...state, driver: undefined })).toBeUndefined();
  for (const visible of ['', '-1']) expect(unseenGpu({ ...state, visible })).toBeUndefined();
  expect(unseenGpu({ ...state, visible: '1' })).toBeDefined();
});
