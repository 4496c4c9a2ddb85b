/**
 * Plants one error at a time and sees whether the tests that should notice it do.
 *
 *     node tools/mutants/run.mjs [--only NAME[,NAME…]] [--list] [--results FILE]
 *
 * `--only` takes parts of names. Each mutant of `list/` is put in place of its text in the working tree, its tests are
 * run until one fails, and the file is put back: also at an error and on SIGINT, SIGTERM and SIGHUP. A file that
 * differs from the last commit is refused. Exits with 1 where a mutant survived, is stale (its text is not there
 * exactly once) or breaks the code instead of changing what it does.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../bootstrap/steps.mjs';
import { mutants } from './list/index.mjs';
import { occurrences } from './occurrences.mjs';

const { values } = parseArgs({
  options: { only: { type: 'string' }, list: { type: 'boolean' }, results: { type: 'string' } },
});
const wanted = values.only?.split(',');
const chosen = mutants.filter(({ name }) => wanted === undefined || wanted.some((part) => name.includes(part)));
if (chosen.length === 0) {
  console.error(`--only ${values.only} is part of no mutant's name; --list prints them.`);
  process.exit(2);
}
if (values.list) {
  for (const { name, file, why } of chosen) console.log(`${name}\n    ${file}\n    ${why}`);
  process.exit(0);
}
const dirty = [...new Set(chosen.map(({ file }) => file))].filter(
  (file) => spawnSync('git', ['diff', '--quiet', 'HEAD', '--', file], { cwd: root }).status !== 0,
);
if (dirty.length > 0) {
  console.error(
    `Not as in the last commit: ${dirty.join(', ')}. Commit them, or if a run of this was killed: git checkout -- ${dirty.join(' ')}`,
  );
  process.exit(2);
}

const reporter = join(root, 'tools/mutants/reporter.mjs');
const scratch = mkdtempSync(join(tmpdir(), 'sed-mutants-'));
/** The file that is changed now, as it was. */
let planted;
/** The tests under way: a group of processes of their own. */
let child;
function putBack() {
  if (planted) writeFileSync(planted.path, planted.text);
  planted = undefined;
}
function end() {
  if (child) killTests();
  putBack();
  rmSync(scratch, { recursive: true, force: true });
}
function killTests() {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // it has ended
  }
}
process.on('exit', end);
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
  ['SIGHUP', 1],
]) {
  process.on(signal, () => process.exit(128 + number));
}

/** A mutant may loop for ever. */
const PATIENCE = 15 * 60_000;

/** Runs test files of a package: the names of the tests that failed, or why nothing can be said. */
async function runTests(test, again = true) {
  const [name, pattern, title] = test;
  const folder = join(root, 'packages', name);
  const report = join(scratch, 'report.json');
  rmSync(report, { force: true });
  const jest = join(createRequire(join(root, 'package.json')).resolve('jest/package.json'), '../bin/jest.js');
  const options = '--experimental-vm-modules --disable-warning=ExperimentalWarning';
  child = spawn(
    process.execPath,
    [jest, pattern, ...(title ? ['-t', title] : []), '--bail', '--silent', '--reporters', reporter],
    {
      cwd: folder,
      detached: true,
      stdio: 'ignore',
      env: { ...process.env, NODE_OPTIONS: options, SED_MUTANT_REPORT: report },
    },
  );
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    killTests();
  }, PATIENCE);
  await new Promise((done) => child.once('exit', done));
  child = undefined;
  clearTimeout(timer);
  if (late) return { failed: ['(did not end)'] };
  if (!existsSync(report)) return again ? runTests(test, false) : { broken: 'the process of the tests died' };
  const { ran, failed, broken } = JSON.parse(readFileSync(report, 'utf8'));
  if (broken !== undefined) return { broken };
  return ran === 0 ? { broken: `${testName(test)} has no test` } : { failed };
}

const testName = (test) => test.join(' ');
const started = Date.now();
const minutes = (ms) => (ms < 90_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`);

// what fails without an error planted catches none
const allTests = new Map(chosen.flatMap(({ tests }) => tests.map((test) => [testName(test), test])));
for (const [name, test] of allTests) {
  console.error(`without an error: ${name}`);
  const { failed, broken } = await runTests(test);
  if (broken === undefined && failed.length === 0) continue;
  console.error(`${name} fails without any mutant: ${broken ?? failed.join('; ')}`);
  process.exit(2);
}

const outcomes = [];
const begun = Date.now();
for (const [i, mutant] of chosen.entries()) {
  const { name, file, find, replace, tests } = mutant;
  const left = i === 0 ? '' : `, about ${minutes(((Date.now() - begun) / i) * (chosen.length - i))} left`;
  const path = join(root, file);
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  let outcome = { status: 'survived', by: '' };
  if (occurrences(text, find) !== 1)
    outcome = { status: 'stale', by: `its text is there ${occurrences(text, find)} times` };
  else {
    planted = { path, text };
    writeFileSync(
      path,
      text.replace(find, () => replace),
    );
    for (const test of tests) {
      const { failed, broken } = await runTests(test);
      if (broken !== undefined) outcome = { status: 'broken', by: broken };
      else if (failed.length > 0) outcome = { status: 'caught', by: `${testName(test)}: ${failed[0]}` };
      if (outcome.status !== 'survived') break;
    }
    putBack();
  }
  outcomes.push({ name, file, why: mutant.why, ...outcome });
  console.log(`${i + 1}/${chosen.length} ${outcome.status.padEnd(8)} ${name}${outcome.by && `  (${outcome.by})`}`);
  console.error(`  ${minutes(Date.now() - started)} so far${left}`);
}

const of = (status) => outcomes.filter((outcome) => outcome.status === status);
console.log(
  ['caught', 'survived', 'stale', 'broken'].map((status) => `${of(status).length} ${status}`).join(', ') +
    `, of ${outcomes.length}`,
);
if (values.results) writeFileSync(values.results, `${JSON.stringify(outcomes, null, 2)}\n`);
process.exitCode = of('caught').length === outcomes.length ? 0 : 1;
