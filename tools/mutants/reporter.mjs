/**
 * A reporter of jest's that says nothing and leaves what `run.mjs` asks for in the file that SED_MUTANT_REPORT names.
 * Not jest's own `--json`: that also writes what was compared, and ends in an error where it is circular, as a
 * backend's data are.
 */
import { writeFileSync } from 'node:fs';

export default class MutantReporter {
  onRunComplete(_contexts, results) {
    const files = results.testResults;
    const failed = files.flatMap((file) => file.testResults.filter(({ status }) => status === 'failed'));
    const broken = files.find((file) => file.testExecError !== undefined && file.testExecError !== null);
    const report = {
      ran: results.numPassedTests + results.numFailedTests,
      failed: failed.map(({ fullName }) => fullName),
      broken: broken && String(broken.testExecError.message ?? broken.failureMessage).split('\n')[0],
    };
    writeFileSync(process.env.SED_MUTANT_REPORT, JSON.stringify(report));
  }
}
