/**
 * Kills runs and resumes them: each must end with the weights, the momentum and the rows of one that was left alone, to
 * the byte, and at no moment may a folder have the name of a whole checkpoint that is not.
 *
 *   node tools/reliability/kill.mjs # 50 kills: at chosen moments, then at ones that the seed draws node
 *   tools/reliability/kill.mjs --kills 200 --seed 7 node tools/reliability/kill.mjs --chosen # the chosen moments alone
 *   node tools/reliability/kill.mjs --moments step:2,writing:3,removing # one run, killed at these; victim.mjs lists
 *   them
 *
 * Prints one JSON object: kills, by kind; runs; faults (none: exit code 0). Needs the packages built (`npx tsc -b`).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { brokenCheckpoints, built, differences, leftovers, tinyRun, trainApart } from './tiny-run.mjs';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    chosen: { type: 'boolean', default: false },
    moments: { type: 'string' },
  },
});
/** Runs, each killed at these moments one after the other. */
const CHOSEN = [
  ['lock', 'config', 'row:1', 'writing:3', 'step:5', 'removing', 'evaluating:8', 'named:9'],
  ['step:2', 'cutting', 'named:3', 'row:7', 'writing:9'],
];
/** Where this many things went wrong it ends: runs that all fail are never killed. */
const ENOUGH_FAULTS = 20;
/** Kills of a run whose moments are drawn. */
const DRAWN = 3;

const folder = mkdtempSync(join(tmpdir(), 'sed-kill-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const say = (text) => process.stderr.write(`${text}\n`);
const { randomStream } = await built('@sed/geometry');
const config = await tinyRun(folder);
const started = performance.now();
const whole = join(folder, 'whole');
const alone = await trainApart(config, whole);
if (alone.code !== 0) {
  say(alone.errors);
  process.exit(1);
}
const milliseconds = performance.now() - started;

const wanted = Number(values.kills);
const kills = {};
const faults = [];
let total = 0;
let runs = 0;

/** Each process has another number of threads that make the images: they change no number. */
const WORKERS = [0, 2, 1, 3, null];

async function run(moments) {
  const out = join(folder, `run-${++runs}`);
  let again = false;
  const go = async (options) => {
    const workers = WORKERS[total % WORKERS.length];
    const ended = await trainApart({ ...config, pipeline: { workers } }, out, { ...options, resume: again });
    again = true;
    return ended;
  };
  for (const options of moments) {
    const { signal, code, errors } = await go(options);
    const name = options.moment ?? `after ${options.after} ms`;
    if (signal === 'SIGKILL') {
      total++;
      const kind = options.moment?.split(':')[0] ?? 'from outside';
      kills[kind] = (kills[kind] ?? 0) + 1;
      say(`run ${runs}, ${name}: killed`);
    } else if (code !== 0) faults.push(`run ${runs}, ${name}: ended with ${signal ?? code}: ${errors}`);
    else if (options.chosen) faults.push(`run ${runs}, ${name}: the moment did not come`);
    for (const broken of await brokenCheckpoints(out)) faults.push(`run ${runs}, ${name}: ${broken}`);
    if (signal !== 'SIGKILL') break;
  }
  const { code, errors } = await go({});
  if (code !== 0) faults.push(`run ${runs} could not be resumed: ${errors}`);
  else
    faults.push(...differences(out, whole, config.iterations), ...leftovers(out).map((name) => `${out} has ${name}`));
}

const chosen = values.moments === undefined ? CHOSEN : [values.moments.split(',')];
const drawn = !values.chosen && values.moments === undefined;
for (const moments of chosen) await run(moments.map((moment) => ({ moment, chosen: true })));
const random = randomStream(Number(values.seed), 'moments');
while (drawn && total < wanted && faults.length < ENOUGH_FAULTS) {
  const outside = random.integer(2) === 1;
  const draw = () =>
    outside
      ? { after: Math.round(milliseconds * (0.3 + 0.7 * random.next())) }
      : { moment: `change:${1 + random.integer(Math.ceil(alone.changes / 2))}` };
  await run(Array.from({ length: Math.min(DRAWN, wanted - total) }, draw));
}
process.stdout.write(`${JSON.stringify({ kills: total, byKind: kills, runs, faults })}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
