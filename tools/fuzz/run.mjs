/**
 * Feeds every reader with files that are nearly right, and asks of each: is it read or refused within a second and 256
 * MB, by an error of ours that names it?
 *
 *   node tools/fuzz/run.mjs [--target coco,torch] [--files 3000 | --seconds 60] [--seed 1] [--from 0] [--out
 *   fuzz-failures]
 *
 * `--files` is for each target, `--seconds` for all of them together (default 60). Needs the packages built. A failure
 * is written to a folder of `--out` with the command that makes it again; the exit code is 1 then. Limits are of the
 * processor's time, and what exceeds one is tried again alone before it counts, so that a busy machine finds nothing of
 * its own.
 */
import { fork } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { mutated } from './mutate.mjs';
import { TARGETS } from './targets.mjs';

const CHILD = fileURLToPath(new URL('child.mjs', import.meta.url));
/** Without a word for this long a file hangs. In seconds, by the clock. */
const PATIENCE = 10;
/** And without having started it does not start. In seconds too. */
const STARTED = 120;

/** One process that reads. */
class Reader {
  constructor(target, seed) {
    this.process = fork(CHILD, [target, String(seed)], {
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.stderr = '';
    this.process.stderr.on('data', (text) => (this.stderr = (this.stderr + text).slice(-2000)));
    this.ready = new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.stop();
        reject(new Error(`The reader of ${target} did not start within ${STARTED} s: ${this.stderr}`));
      }, 1000 * STARTED);
      this.process.once('message', (message) => {
        clearTimeout(timer);
        resolve(message);
      });
      this.process.once('exit', () => {
        clearTimeout(timer);
        reject(new Error(`The reader of ${target} did not start: ${this.stderr}`));
      });
    });
  }

  /**
   * Reads files `from` to `to`, less than that where one ends the process.
   * @returns the next index, and what failed
   */
  read(from, to) {
    return new Promise((resolve) => {
      let next = from;
      let refused = 0;
      const failures = [];
      let timer;
      const finish = (dead) => {
        clearTimeout(timer);
        this.process.removeAllListeners('message');
        this.process.removeAllListeners('exit');
        resolve({ next, failures, refused, dead });
      };
      const wait = () => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          failures.push({ index: next, failure: `hung for ${PATIENCE} s` });
          next++;
          this.stop();
          finish(true);
        }, 1000 * PATIENCE);
      };
      this.process.on('message', (message) => {
        wait();
        if (message.ends !== undefined) {
          next = message.ends + 1;
          if (message.refused) refused++;
          if (message.failure !== undefined) failures.push({ index: message.ends, failure: message.failure });
          // what it holds now would count for the next file
          if (message.failure !== undefined) {
            this.stop();
            finish(true);
          }
        } else if (message.done) finish(false);
      });
      this.process.on('exit', (code, signal) => {
        failures.push({ index: next, failure: `ended the process (${signal ?? code}): ${this.stderr.trim()}` });
        next++;
        finish(true);
      });
      wait();
      this.process.send({ from, to });
    });
  }

  stop() {
    this.process.removeAllListeners('exit');
    this.process.kill('SIGKILL');
  }
}

/** Whether a file fails alone too, in a fresh process, and how. */
async function confirm(target, seed, index) {
  const reader = new Reader(target, seed);
  await reader.ready;
  const { failures } = await reader.read(index, index + 1);
  reader.stop();
  return failures[0]?.failure;
}

/**
 * Fuzzes a target.
 * @param until no file is begun after this time
 */
async function fuzz(target, { seed, from, files, until, out, say }) {
  let [next, refused, failed] = [from, 0, 0];
  const end = files === undefined ? Infinity : from + files;
  let reader;
  while (next < end && Date.now() < until) {
    if (reader === undefined) {
      reader = new Reader(target, seed);
      await reader.ready;
    }
    const read = await reader.read(next, Math.min(next + 25, end));
    next = read.next;
    refused += read.refused;
    if (read.dead) reader = undefined;
    for (const { index, failure } of read.failures) {
      const confirmed = /^(took|hung)/.test(failure) ? await confirm(target, seed, index) : failure;
      if (confirmed === undefined) continue;
      failed++;
      save(target, seed, index, confirmed, out);
      say(`${target} ${index}: ${confirmed}`);
    }
  }
  reader?.stop();
  return { target, files: next - from, refused, failed };
}

function save(target, seed, index, failure, out) {
  const { seeds, tokens } = TARGETS[target];
  const folder = join(out, `${target}-${seed}-${index}`);
  for (const [name, bytes] of Object.entries(mutated(seeds(), tokens, seed, index))) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
  const again = `node tools/fuzz/run.mjs --target ${target} --seed ${seed} --from ${index} --files 1`;
  writeFileSync(`${folder}.txt`, `${failure}\n\n${again}\n`);
}

const { values } = parseArgs({
  options: {
    target: { type: 'string', default: Object.keys(TARGETS).join() },
    files: { type: 'string' },
    seconds: { type: 'string' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    out: { type: 'string', default: 'fuzz-failures' },
  },
});
const targets = values.target.split(',');
const unknown = targets.filter((target) => !Object.hasOwn(TARGETS, target));
if (unknown.length > 0) {
  console.error(`No target ${unknown.join(', ')}; there are ${Object.keys(TARGETS).join(', ')}.`);
  process.exit(2);
}
const files = values.files === undefined ? undefined : Number(values.files);
const seconds = files === undefined ? Number(values.seconds ?? 60) : Number(values.seconds ?? Infinity);
let failed = 0;
for (const [i, target] of targets.entries()) {
  const until = Date.now() + (1000 * seconds) / targets.length;
  const done = await fuzz(target, {
    seed: Number(values.seed),
    from: Number(values.from),
    files,
    until,
    out: values.out,
    say: (line) => console.log(line),
  });
  failed += done.failed;
  console.log(
    `${done.target}: ${done.files} files, ${done.files - done.refused} read, ${done.refused} refused, ${done.failed} failed (${i + 1} of ${targets.length})`,
  );
}
process.exitCode = failed > 0 ? 1 : 0;
