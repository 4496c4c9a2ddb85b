/**
 * The main job in one command: made-up scenes, a supervised detector and SED from the same few labels, their AP on
 * held-out scenes, a report. It types what a user would type: every step is a `sed-cli` command, shown before it runs.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { cli, diagnosis } from './setup.mjs';
import { root, say } from './steps.mjs';

const folder = join(root, 'demo');
const SEED = 1;
const SCENES = { labeled: 30, unlabeled: 400, test: 100 };

const inDemo = (...parts) => relative(root, join(folder, ...parts));

async function sed(what, ...args) {
  const start = performance.now();
  say(`\n▸ ${what}\n  sed-cli ${args.join(' ')}`);
  const code = await cli(...args);
  if (code !== 0) {
    say(
      `\nThe demo stopped: that command ended with ${code}. What it had done is in ${inDemo()}; npm run demo begins anew.`,
    );
    process.exit(code);
  }
  say(`  (${((performance.now() - start) / 60_000).toFixed(1)} min)`);
}

/** The last evaluation of `model` in a run: AP and AP50. */
function lastEvaluation(run, model) {
  const rows = readFileSync(join(folder, 'runs', run, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const row = rows.filter((r) => r.kind === 'eval' && r.model === model).at(-1);
  if (!row) throw new Error(`${inDemo('runs', run, 'metrics.jsonl')} has no evaluation of the ${model}.`);
  return row;
}

/**
 * What this machine lacks changes the settings: on wasm a fifth of the speed asks for two fifths of the iterations, and
 * without pretrained weights the whole backbone trains from random ones.
 */
function settingsForThisMachine() {
  const doctor = diagnosis();
  const sets = [];
  let { burnIn } = JSON.parse(readFileSync(join(root, 'tools/demo/sed.json'), 'utf8')).method;
  if (doctor.backend !== 'tensorflow') {
    say(
      '\nThe native backend is not here (sed-cli doctor says why), so the demo runs on wasm: 400 iterations instead of 1000, some',
    );
    say('20 minutes on two free cores. Expect a lower AP, and a smaller difference between the two methods.');
    burnIn = 160;
    sets.push('iterations=400', 'schedule.milestones=[280,360]', 'method.alpha.at=280', `method.burnIn=${burnIn}`);
    sets.push('evaluation.at=[]', 'checkpoints.every=160');
  }
  if (!doctor.weights.some(({ name, path }) => name === 'efficientnet-lite0-imagenet' && path)) {
    say(
      '\nThe pretrained backbone is not here (it comes through pip), so it trains from random weights: expect an AP near zero.',
    );
    sets.push('detector.weights=null', 'detector.backbone.trainableStages=0');
  }
  return { burnIn, sets: sets.flatMap((set) => ['--set', set]) };
}

export async function demo() {
  const start = performance.now();
  const { burnIn, sets } = settingsForThisMachine();
  rmSync(folder, { recursive: true, force: true });
  await sed(
    `Making ${SCENES.labeled} labeled, ${SCENES.unlabeled} unlabeled and ${SCENES.test} held-out scenes`,
    'synth',
    '--out',
    inDemo('data'),
    '--seed',
    `${SEED}`,
    '--splits',
    Object.entries(SCENES)
      .map(([split, images]) => `${split}=${images}`)
      .join(','),
    '--difficulty',
    'easy',
  );
  await sed(
    `Training on the ${SCENES.labeled} labeled scenes alone`,
    'train',
    '--config',
    'tools/demo/supervised.json',
    '--out',
    inDemo('runs', 'supervised'),
    ...sets,
  );
  await sed(
    `Training with the unlabeled scenes too (SED), from the same iteration ${burnIn}`,
    'train',
    '--config',
    'tools/demo/sed.json',
    '--out',
    inDemo('runs', 'sed'),
    '--init-from',
    inDemo('runs', 'supervised', 'checkpoints', `step-${burnIn}`),
    ...sets,
  );
  await sed(
    'Writing the report',
    'report',
    inDemo('runs', 'supervised'),
    inDemo('runs', 'sed'),
    '--out',
    inDemo('report.html'),
  );

  const percent = (value) => (100 * value).toFixed(1).padStart(5);
  say(`\nOn ${SCENES.test} held-out scenes, after the same number of iterations:`);
  say('                               AP   AP50');
  for (const [label, run, model] of [
    ['supervised', 'supervised', 'student'],
    ['supervised, averaged weights', 'supervised', 'teacher'],
    ['SED student', 'sed', 'student'],
    ['SED teacher', 'sed', 'teacher'],
  ]) {
    const { metrics } = lastEvaluation(run, model);
    say(`  ${label.padEnd(28)} ${percent(metrics.AP)}  ${percent(metrics.AP50)}`);
  }
  say(`\nReport: ${join(folder, 'report.html')}`);
  say(`${((performance.now() - start) / 60_000).toFixed(1)} minutes.`);
  return existsSync(join(folder, 'report.html')) ? 0 : 1;
}
