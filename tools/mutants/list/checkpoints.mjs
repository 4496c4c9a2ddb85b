/** What a run keeps and goes on from. */
const FILES = 'packages/trainer/src/checkpoint/files.ts';
const BEST = 'packages/trainer/src/run/best.ts';
const STATE = 'packages/trainer/src/run/state.ts';
// but for the one that flips every bit, which takes seconds
const files = [['trainer', 'checkpoint/files', '^(?!each flipped)']];
const best = [['trainer', 'run/best']];
const START = 'packages/trainer/src/run/start.ts';
const state = [['trainer', 'run/state.test']];

export const checkpoints = [
  {
    name: 'checkpoint-sum-unchecked',
    file: FILES,
    find: 'if (sha256(bytes) !== sum.sha256)',
    replace: 'if (sha256(bytes) !== sum.sha256 && bytes.length === 0)',
    why: 'A damaged file of the right length is read.',
    tests: files,
  },
  {
    name: 'checkpoint-state-unchecked',
    file: FILES,
    find: 'const stored = readCheckpoint<S>(folder);\n      check(stored);',
    replace: 'const stored = readCheckpoint<S>(folder);',
    why: 'A state that is not what a run writes is gone on from.',
    tests: files,
  },
  {
    name: 'checkpoint-oldest-first',
    file: FILES,
    find: 'for (const step of checkpointSteps(root).reverse()) {\n    const folder',
    replace: 'for (const step of checkpointSteps(root)) {\n    const folder',
    why: 'A run goes on from its oldest checkpoint.',
    tests: files,
  },
  {
    name: 'checkpoint-one-too-few',
    file: FILES,
    find: 'if (kept >= keep) removeCheckpoint(root, step);',
    replace: 'if (kept + 1 >= keep) removeCheckpoint(root, step);',
    why: 'One checkpoint less than asked for is kept.',
    tests: files,
  },
  {
    name: 'checkpoint-milestones-removed',
    file: FILES,
    find: 'if (step >= newest || always.has(step)) continue;',
    replace: 'if (step >= newest) continue;',
    why: 'Checkpoints that are to stay are removed.',
    tests: files,
  },
  {
    name: 'checkpoint-later-removed',
    file: FILES,
    find: 'if (step >= newest || always.has(step)) continue;',
    replace: 'if (step === newest || always.has(step)) continue;',
    why: 'Checkpoints of later steps count among those that are kept.',
    tests: files,
  },
  {
    name: 'best-of-equals-the-later',
    file: BEST,
    find: 'value > before.value',
    replace: 'value >= before.value',
    why: 'Of equally good checkpoints the later one is kept.',
    tests: best,
  },
  {
    name: 'best-lowest',
    file: BEST,
    find: 'value > before.value',
    replace: 'value < before.value',
    why: 'The worst checkpoint is kept.',
    tests: best,
  },
  {
    name: 'resume-step-lost',
    file: STATE,
    find: 'state.step = stored.step;',
    replace: 'state.step = Math.max(0, stored.step - 1);',
    why: 'A resumed run takes its last step again.',
    tests: state,
  },
  {
    name: 'resume-average-from-trained',
    file: STATE,
    find: '    const weights = read(name);\n    state.networks.set(name, derivedNetwork',
    replace: '    const weights = read(trained.at(-1)!);\n    state.networks.set(name, derivedNetwork',
    why: 'A resumed run starts its teacher as a copy of the student.',
    tests: state,
  },
  {
    name: 'resume-memory-forgotten',
    file: STATE,
    find: 'method.memory.restore(found.memory, config)',
    replace: 'method.memory.initial(config)',
    why: 'What the method remembers is not restored.',
    tests: state,
  },
  {
    name: 'resume-optimizer-of-first',
    file: STATE,
    find: 'optimizerFile(name);\n',
    replace: 'optimizerFile(trained[0]!);\n',
    why: 'Every trained network goes on with the momentum of the first one.',
    tests: state,
  },
  {
    name: 'start-first-seed-of-name',
    file: START,
    find: 'i === 0 ? config.seed : ',
    replace: '',
    why: "The first trained network's weights depend on its name, and not on the seed alone.",
    tests: state,
  },
  {
    name: 'start-networks-alike',
    file: START,
    find: "randomStream(config.seed, 'network', name).integer(2 ** 31)",
    replace: 'config.seed',
    why: 'Two trained networks begin with the same weights.',
    tests: state,
  },
];
