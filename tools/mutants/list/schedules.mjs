/** Learning rate and α. */
const RATE = 'packages/trainer/src/schedule/learning-rate.ts';
const ALPHA = 'packages/trainer/src/schedule/alpha.ts';
const ALPHA_AT = 'packages/teacher-ema/src/alpha.ts';
const rate = [['trainer', 'schedule/learning-rate']];
const alpha = [['trainer', 'schedule/alpha']];
const alphaAt = [['teacher-ema', 'alpha']];

export const schedules = [
  {
    name: 'rate-milestone-late',
    file: RATE,
    find: 'step >= m',
    replace: 'step > m',
    why: 'A milestone takes effect a step late.',
    tests: rate,
  },
  {
    name: 'rate-warmup-late',
    file: RATE,
    find: 'if (step >= steps - 1) return 1;\n  return factor + ((1 - factor) * step) / (steps - 1);',
    replace: 'if (step >= steps) return 1;\n  return factor + ((1 - factor) * step) / steps;',
    why: 'The warm-up ends a step late.',
    tests: rate,
  },
  {
    name: 'rate-cosine-inverted',
    file: RATE,
    find: '1 + Math.cos(',
    replace: '1 - Math.cos(',
    why: 'The cosine rises.',
    tests: rate,
  },
  {
    name: 'rate-without-decay',
    file: RATE,
    find: ' * decay(schedule, iterations, step)',
    replace: '',
    why: 'No milestone has an effect.',
    tests: rate,
  },
  {
    name: 'alpha-from-start-of-run',
    file: ALPHA,
    find: 'at: Math.max(0, at - burnIn)',
    replace: 'at',
    why: "α steps a burn-in late: its iteration is counted from the burn-in's end.",
    tests: alpha,
  },
  {
    name: 'alpha-a-step-late',
    file: ALPHA,
    find: 'if (step < burnIn) return null;',
    replace: 'if (step <= burnIn) return null;',
    why: 'The first step after the burn-in does not move the teacher.',
    tests: alpha,
  },
  {
    name: 'alpha-step-late',
    file: ALPHA_AT,
    find: 'step < schedule.at ? start : end',
    replace: 'step <= schedule.at ? start : end',
    why: 'α steps one iteration late.',
    tests: alphaAt,
  },
  {
    name: 'alpha-cosine-too-slow',
    file: ALPHA_AT,
    find: 'step / (totalSteps - 1)',
    replace: 'step / totalSteps',
    why: 'The cosine does not reach its end in the last iteration.',
    tests: alphaAt,
  },
];
