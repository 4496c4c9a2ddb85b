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
        const { tests = 0 } = skippedSuites.get(suite) ?? {};
        // A lone test says in its own title why it did not run.
        skippedSuites.set(suite, { tests: tests + 1, title: tests === 0 ? test.fullName : suite });
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
        skippedSuites: [...skippedSuites.values()].map(({ title, tests }) => [title, tests]),
      }),
    );
  }
}
