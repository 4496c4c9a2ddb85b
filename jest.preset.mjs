// TensorFlow reads these of the process's real environment; inside a test `process.env` is jest's copy, which it does
// not see. Tests compare float32: on a GPU it would round what it multiplies to TF32, 10 bits of mantissa.
process.env.NVIDIA_TF32_OVERRIDE ??= '0';
// Suites that run side by side share the GPU's memory, of which the first would take nearly all.
process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';

// Each suite would start its own threads, which keep its memory until the process ends.
process.env.SED_WASM_THREADS ??= '1';

/** One preset for every package; run with NODE_OPTIONS=--experimental-vm-modules. */
export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/src/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  testEnvironmentOptions: { customExportConditions: ['@sed/source', 'node', 'node-addons'] },
  testTimeout: 60_000,
  // One process a package: the native backend fills both cores by itself, and a second copy of it only takes memory.
  maxWorkers: 1,
  reporters: ['default', '<rootDir>/../../tools/test/totals-reporter.mjs'],
};
