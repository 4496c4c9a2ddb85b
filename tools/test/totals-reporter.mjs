/** A jest reporter that leaves a package's totals in `test-output/results.json`, for one sum over the workspace. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export default class TotalsReporter {
  #root;

  constructor(globalConfig) {
    this.#root = globalConfig.rootDir;
  }

  onRunComplete(_contexts, results) {
    const skippedSuites = new Map();
    for (const file of results.testResults) {
      for (const test of file.testResults) {
        if (test.status !== 'pending') continue;
        const suite = test.ancestorTitles[0] ?? test.title;
        skippedSuites.set(suite, (skippedSuites.get(suite) ?? 0) + 1);
      }
    }
    const folder = join(this.#root, 'test-output');
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'results.json'),
      JSON.stringify({
        passed: results.numPassedTests,
        failed: results.numFailedTests,
        skipped: results.numPendingTests + results.numTodoTests,
        filesThatDidNotRun: results.numRuntimeErrorTestSuites,
        skippedSuites: [...skippedSuites],
      }),
    );
  }
}
