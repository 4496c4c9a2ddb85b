/** `RESULTS.md`: what became of each mutant, in one run. */
import { availableParallelism } from 'node:os';
import { format, resolveConfig } from 'prettier';

const STATUSES = ['caught', 'survived', 'stale', 'broken'];

/** `113 caught, 0 survived, …, of 113`. */
export function totals(outcomes) {
  const count = (wanted) => outcomes.filter(({ status }) => status === wanted).length;
  return `${STATUSES.map((status) => `${count(status)} ${status}`).join(', ')}, of ${outcomes.length}`;
}

/**
 * @param command that was run
 * @param duration of the whole run, in words
 * @param path of the file, whose formatting is the repository's
 */
export async function resultsPage(outcomes, { command, duration, path }) {
  const cell = (text) => text.replaceAll('|', '\\|');
  const rows = outcomes.map(({ name, why, status, by }) => `| ${[name, why, status, by].map(cell).join(' | ')} |`);
  const date = new Date().toISOString().slice(0, 10);
  const machine = `Node ${process.versions.node} on ${availableParallelism()} processor cores`;
  const page = [
    '# Results',
    '',
    `Written by \`${command}\` on ${date}: ${totals(outcomes)}, in ${duration} (${machine}).`,
    '',
    '| mutant | the error | | noticed by |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
  return format(page, { ...(await resolveConfig(path)), parser: 'markdown' });
}
