/**
 * Everything that can be checked: formatting, lint, types, packages, tests. Ends with one line, jest's totals over all
 * packages: `N passed, N failed[, N skipped]`. Fails when anything failed or nothing ran.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bin, nxEnvironment } from './setup.mjs';
import { command, root, say, step } from './steps.mjs';

const packages = readdirSync(join(root, 'packages'));
const resultFile = (name) => join(root, 'packages', name, 'test-output', 'results.json');

function totals() {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  const skippedSuites = new Map();
  for (const name of packages) {
    if (!existsSync(resultFile(name))) continue;
    const result = JSON.parse(readFileSync(resultFile(name), 'utf8'));
    sum.passed += result.passed;
    // A test file that does not even load has no tests to count: it is one failure.
    sum.failed += result.failed + result.filesThatDidNotRun;
    sum.skipped += result.skipped;
    for (const [suite, tests] of result.skippedSuites) skippedSuites.set(`${name}: ${suite}`, tests);
  }
  return { ...sum, skippedSuites };
}

export async function testEverything() {
  for (const name of packages) rmSync(resultFile(name), { force: true });
  const failures = [];
  const check = async (name, run) => {
    if ((await step(name, run)) !== 0) failures.push(name);
  };
  await check('Format (prettier)', () =>
    command(bin('prettier'), ['--check', '--log-level=warn', '.'], { quiet: true }),
  );
  await check('Project references agree with package.json', () =>
    command(bin('nx'), ['sync:check'], { env: nxEnvironment, quiet: true }),
  );
  // ESLint knows the edges from nx's graph, which the step before has made; without it the rule is skipped and only a
  // note says so.
  await check('Lint (eslint, the edges between packages)', () =>
    command(bin('eslint'), ['.'], { env: nxEnvironment, quiet: true, failsOn: /rule will be skipped/ }),
  );
  await check('Exports and files that nothing uses (knip)', () => command(bin('knip'), [], { quiet: true }));
  await check('Types of the tests', () => nx('typecheck'));
  await check('Packages as npm will see them (publint, attw)', () => nx('package-check'));
  // nx's cache is the user's, over all clones: everything means that it runs.
  await check('Tests', () => nx('test', '--parallel=1', '--skip-nx-cache'));

  const { passed, failed, skipped, skippedSuites } = totals();
  if (skippedSuites.size > 0) {
    say('\nNOT RUN:');
    for (const [suite, tests] of skippedSuites) say(`  ${suite} (${tests} ${tests === 1 ? 'test' : 'tests'})`);
  }
  if (failures.length > 0) say(`\nFailed: ${failures.join('; ')}`);
  if (passed + failed === 0) say('\nNo test ran.');
  const broken = failures.length > 0 || failed > 0 || passed === 0;
  // A failing check outside jest must not hide behind a row of passed tests.
  const shown = broken && failed === 0 ? failures.length || 1 : failed;
  process.stdout.write(`${passed} passed, ${shown} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
  return broken ? 1 : 0;
}

function nx(target, ...args) {
  return command(bin('nx'), ['run-many', '-t', target, '--output-style=stream', ...args], {
    env: nxEnvironment,
    quiet: target !== 'test',
  });
}
