/** Eqs 2, 3 and 5. */
const ROWS = 'packages/losses-sed/src/row-weights.ts';
const golden = [['losses-sed', 'golden']];

export const losses = [
  {
    name: 'histogram-all-bins-alike',
    file: ROWS,
    find: 'div(1 / bins, maximum(counts, 1))',
    replace: 'div(1 / bins, maximum(sum(counts), 1))',
    why: 'Every row weighs the same: Eq 5 is switched off.',
    tests: golden,
  },
  {
    name: 'histogram-without-mean',
    file: ROWS,
    find: 'div(1 / bins, maximum(counts, 1))',
    replace: 'div(1, maximum(counts, 1))',
    why: 'The 1 / M of Eq 5 is left out.',
    tests: golden,
  },
  {
    name: 'histogram-wide-bins',
    file: ROWS,
    find: 'floor(mul(lengths, bins))',
    replace: 'floor(mul(lengths, bins - 1))',
    why: 'The bins are too wide.',
    tests: golden,
  },
  {
    name: 'ohem-keeps-easiest',
    file: ROWS,
    find: 'greaterEqual(divergences, last)',
    replace: 'greaterEqual(last, divergences)',
    why: 'The easiest rows are kept, not the hardest.',
    tests: golden,
  },
  {
    name: 'kl-other-direction',
    file: 'packages/losses-sed/src/compare.ts',
    find: 'mul(exp(t), sub(t, logSoftmax(source)))',
    replace: 'mul(exp(logSoftmax(source)), sub(t, logSoftmax(source)))',
    why: 'The divergence weighs with the probabilities that learn, not with those of the target.',
    tests: golden,
  },
  {
    name: 'distance-teacher-learns',
    file: 'packages/losses-sed/src/self-distillation.ts',
    find: 'weights, divisor, false)',
    replace: 'weights, divisor, true)',
    why: "The teacher's deltas get a gradient.",
    tests: [...golden, ['losses-sed', 'losses']],
  },
  {
    name: 'distance-reduced-stopped',
    file: 'packages/losses-sed/src/scale-consistency.ts',
    find: 'weights, divisor, true)',
    replace: 'weights, divisor, false)',
    why: 'Of two scales only one moves.',
    tests: golden,
  },
  {
    name: 'distance-not-over-boxes',
    file: 'packages/losses-sed/src/regression.ts',
    find: 'values % 4 === 0 ? values / 4 : 1',
    replace: 'values % 4 === 0 ? 1 : 1',
    why: 'Boxes of all classes are summed, not averaged.',
    tests: golden,
  },
];
