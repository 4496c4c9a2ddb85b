/** What a run keeps and goes on from. */
const FILES = 'packages/trainer/src/checkpoint/files.ts';
const BEST = 'packages/trainer/src/run/best.ts';
const STATE = 'packages/trainer/src/run/state.ts';
const files = [['trainer', 'checkpoint/files']];
const best = [['trainer', 'run/best']];
const resume = [['trainer', 'run/resume']];

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
    tests: [...files, ['trainer', 'run/'], ['integration', 'fuzz']],
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
    find: '  state.step = stored.step;',
    replace: '  state.step = Math.max(0, stored.step - 1);',
    why: 'A resumed run takes its last step again.',
    tests: resume,
  },
  {
    name: 'resume-teacher-from-student',
    file: STATE,
    find: 'decodeParameters(detector, file(stored, TEACHER), `${stored.folder}/${TEACHER}`)',
    replace: 'decodeParameters(detector, file(stored, STUDENT), `${stored.folder}/${STUDENT}`)',
    why: 'A resumed run starts its teacher as a copy of the student.',
    tests: [...resume, ['trainer', 'run/train.test']],
  },
];
