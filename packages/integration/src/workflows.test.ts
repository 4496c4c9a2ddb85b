/** What runs in the workflows is fixed by commit, and what may write or publish runs no code of a dependency. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '.github', 'workflows');
const workflows = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const);

/** The jobs of a workflow, name to text. */
function jobsOf(text: string): [string, string][] {
  const parts = text.slice(text.indexOf('\njobs:\n')).split(/^ {2}([\w-]+):$/m);
  return Array.from({ length: (parts.length - 1) / 2 }, (_, i) => [parts[2 * i + 1]!, parts[2 * i + 2]!]);
}

test.each(workflows)('%s: every action is a commit, with its version beside it', (_, text) => {
  const uses = [...text.matchAll(/uses: (.+)$/gm)].map(([, action]) => action!);
  expect(uses.length).toBeGreaterThan(2);
  for (const action of uses) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

test.each(workflows)(
  '%s: nothing is permitted but by job, and a job that may write installs and tests nothing',
  (_, text) => {
    expect(text).toMatch(/^permissions: \{\}$/m);
    const jobs = jobsOf(text);
    expect(jobs.length).toBeGreaterThan(2);
    for (const [name, job] of jobs) {
      expect(`${name} ${/^ {4}permissions:/m.test(job)}`).toBe(`${name} true`);
      if (!/^ {6}[\w-]+: write\b/m.test(job)) continue;
      expect(`${name}: ${/\b(pnpm|npx|\.ci\/run|npm (install|ci|run|test|exec))\b/.exec(job)?.[0] ?? 'nothing'}`).toBe(
        `${name}: nothing`,
      );
      expect(job).not.toMatch(/uses: (?!actions\/)/);
    }
  },
);

test('a checkout keeps no credentials, but where the version is pushed', () => {
  for (const [, text] of workflows)
    for (const [name, job] of jobsOf(text).filter(([, body]) => body.includes('actions/checkout@')))
      expect(`${name} ${job.includes('persist-credentials: false')}`).toBe(`${name} ${name !== 'tag'}`);
});
