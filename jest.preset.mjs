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
