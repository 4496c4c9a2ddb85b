/**
 * Reads mutated files, one after the other, in a process that may be killed: `child.mjs TARGET SEED`, then messages
 * `{ from, to }`. Says which file it begins and what came of it.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { mutated } from './mutate.mjs';
import { TARGETS } from './targets.mjs';

const [target, seed] = [process.argv[2], Number(process.argv[3])];
const { reader, seeds, tokens } = TARGETS[target];
const files = seeds();
const read = await reader();
const folder = mkdtempSync(join(tmpdir(), 'sed-fuzz-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
process.on('disconnect', () => process.exit());

function write(set, at) {
  for (const [name, bytes] of Object.entries(set)) {
    mkdirSync(dirname(join(at, name)), { recursive: true });
    writeFileSync(join(at, name), bytes);
  }
}

/** Errors of ours are plain ones, or have a name of ours; these are the language's and the libraries'. */
const OURS = ['Error', 'ConfigError', 'DataError'];

/** Why an error is none of ours; undefined for one that is. */
function foreign(error, set) {
  if (!(error instanceof Error)) return `threw ${String(error)}`;
  const { message, name } = error;
  if (!OURS.includes(name) || (error.constructor !== Error && name === 'Error'))
    return `${name}: ${message.slice(0, 500)}`;
  // or the override, which is not in the file
  const named = [folder, 'overrides', ...Object.keys(set).map((file) => file.split('/').at(-1))].some((file) =>
    message.includes(file),
  );
  if (!named) return `an error that does not name the file: ${message.slice(0, 500)}`;
  return message.length > 100_000 ? `a message of ${message.length} characters` : undefined;
}

const peak = () => process.resourceUsage().maxRSS / 1024;
const seconds = () => process.cpuUsage().user / 1e6;

/** Good files first, so that what loads once is not counted. */
for (const [i, set] of files.entries()) {
  const at = join(folder, `good-${i}`);
  write(set, at);
  try {
    await read(at, 0);
  } catch {
    // a seed may be a file that is refused
  }
  rmSync(at, { recursive: true, force: true });
}
globalThis.gc?.();
const start = peak();
process.send({ ready: true });

process.on('message', async ({ from, to }) => {
  for (let index = from; index < to; index++) {
    const set = mutated(files, tokens, seed, index);
    const at = join(folder, String(index));
    write(set, at);
    process.send({ begins: index });
    const before = seconds();
    let failure;
    let refused = false;
    try {
      await read(at, index);
    } catch (error) {
      refused = true;
      failure = foreign(error, set);
    }
    const took = seconds() - before;
    const grown = peak() - start;
    if (failure === undefined && took > 1) failure = `took ${took.toFixed(1)} s`;
    if (failure === undefined && grown > 256) failure = `took ${Math.round(grown)} MB`;
    process.send({ ends: index, failure, refused });
    rmSync(at, { recursive: true, force: true });
    if (index % 100 === 0) globalThis.gc?.();
    // messages are sent when the loop is idle
    await new Promise((resolve) => setImmediate(resolve));
  }
  process.send({ done: true });
});
