import { standardMethods, type SedConfig } from '@sed/methods';
import type { TSchema } from '@sinclair/typebox';
import { iterationCounts, scaleIterations } from './iteration-counts.ts';
import { loadConfig, parseConfig } from './parse.ts';
import { ConfigError } from './problems.ts';
import { rescale } from './rescale.ts';
import { runConfigSchemaOf, type RunConfig } from './schema.ts';
import { withIterations } from './with-iterations.ts';
import { fileURLToPath } from 'node:url';

/** Whole numbers of a config that count something else. */
const OTHERS = [
  'seed',
  'data.split.fold',
  'data.validation.fold',
  'input.resize.long',
  'input.resize.short',
  'input.resize.test.long',
  'input.resize.test.short',
  'input.canvas.height',
  'input.canvas.width',
  'augment.blur.kernel',
  'batch.accumulate',
  'batch.labeled',
  'batch.unlabeled',
  'pipeline.ahead',
  'pipeline.workers',
  'evaluation.batch',
  'checkpoints.keep',
  'earlyStopping.patience',
  'telemetry.pseudoLabels.images',
  'threads',
];

/** And of a method's section. */
const OTHERS_OF_METHOD: Readonly<Record<string, readonly string[]>> = {
  sed: ['method.maxShift', 'method.weighting.bins'],
};

/** The paths of all whole numbers and lists of them, over all members of unions. */
function integers(schema: TSchema, path = ''): string[] {
  const { type, anyOf, properties, items } = schema as {
    type?: string;
    anyOf?: TSchema[];
    properties?: Record<string, TSchema>;
    items?: TSchema | TSchema[];
  };
  if (type === 'integer') return [path];
  return [
    ...(anyOf ?? []).flatMap((member) => integers(member, path)),
    ...Object.entries(properties ?? {}).flatMap(([key, s]) => integers(s, path === '' ? key : `${path}.${key}`)),
    ...[items ?? []].flat().flatMap((item) => integers(item, path)),
  ];
}

test.each(standardMethods)(
  'every whole number of a config of $kind is known to count iterations, or not to',
  (method) => {
    const { kind } = method;
    const found = [...new Set(integers(runConfigSchemaOf([method])))].filter((path) => !path.startsWith('detector.'));
    const known = iterationCounts({ method: { kind } }, [method]).map(({ path }) => path);
    expect(found.sort()).toEqual([...known, ...OTHERS, ...(OTHERS_OF_METHOD[kind] ?? [])].sort());
  },
);

const recipe = () => loadConfig(fileURLToPath(new URL('../../recipes/bccd-10-sed.json', import.meta.url)));

const countsOfMethod = ({ burnIn, ramp, alpha }: SedConfig) => ({
  burnIn,
  ramp,
  at: alpha.kind === 'step' ? alpha.at : undefined,
});
/** What a config counts iterations with. */
const counts = ({ iterations, schedule, optimizer, evaluation, checkpoints, telemetry, ...config }: RunConfig) => ({
  iterations,
  ...countsOfMethod(config.method as SedConfig),
  milestones: schedule.kind === 'step' ? schedule.milestones : undefined,
  warmup: optimizer.warmup.steps,
  every: [evaluation.every, checkpoints.every, telemetry.every, telemetry.pseudoLabels.every],
  evaluations: evaluation.at,
});

test('a run of another length keeps its proportions', () => {
  const config = recipe();
  config.evaluation.at = [100, 1200];
  const { config: short, notes } = withIterations(config, 60);
  expect(counts(short)).toEqual({
    iterations: 60,
    burnIn: 20,
    ramp: 10,
    at: 40,
    milestones: [40, 53],
    warmup: 3,
    every: [20, 10, 3, 10],
    evaluations: [5, 60],
  });
  expect(short.optimizer.lr).toBe(config.optimizer.lr);
  expect(notes).toHaveLength(1);
  expect(notes[0]).toMatch(/"iterations" 1200 becomes 60; .*"schedule.milestones" 800, 1067 becomes 40, 53; /);
  expect(notes[0]).toMatch(/"method.alpha.at" 800 becomes 40/);
  expect(counts(withIterations(config, 2400).config)).toMatchObject({
    burnIn: 800,
    ramp: 400,
    milestones: [1600, 2134],
  });
  expect(withIterations(config, 1200)).toEqual({ config, notes: [] });
});

test.each([2, 3, 5, 7])('also a run of %i iterations ends after what it is made of', (iterations) => {
  const { config } = withIterations(recipe(), iterations);
  expect(counts(config).burnIn).toBeLessThan(iterations);
  expect(counts(config).milestones!.at(-1)).toBeLessThan(iterations);
});

test('0 stays 0: what is off stays off', () => {
  const config = recipe();
  config.evaluation.every = 0;
  (config.method as SedConfig).burnIn = 0;
  const { config: short } = scaleIterations(config, 12, standardMethods);
  expect([short.evaluation.every, counts(short).burnIn]).toEqual([0, 0]);
});

test('another batch scales the same numbers, the interval of the rows and the step of α among them', () => {
  const { config } = rescale(recipe(), { labeled: 4 });
  expect(counts(config)).toEqual({
    iterations: 600,
    burnIn: 200,
    ramp: 100,
    at: 400,
    milestones: [400, 534],
    warmup: 25,
    every: [200, 100, 25, 100],
    evaluations: [],
  });
});

describe('what lies beyond the end of a run', () => {
  const problems = (change: object): readonly string[] => {
    try {
      parseConfig({ ...recipe(), iterations: 60, ...change });
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
    throw new Error('it was accepted');
  };

  test('is refused by name, with the remedy', () => {
    const text = problems({ evaluation: { at: [60, 61] }, optimizer: { warmup: { steps: 60 } } }).join('\n');
    expect(text).toMatch(/"method.burnIn" is 400 and "iterations" 60/);
    expect(text).toMatch(/"schedule.milestones" has 800, 1067, at or after the last iteration \(60\)/);
    expect(text).toMatch(/"method.alpha.at" is 800, at or after the last iteration \(60\): α would never step/);
    expect(text).toMatch(/"optimizer.warmup.steps" is 60, as long as the run/);
    expect(text).toMatch(/"evaluation.at" has 61, after the last iteration/);
    expect(text).toMatch(/in a run of 60 shorten all of it in proportion/);
  });

  test('the ramp after the burn-in, too', () => {
    const { method } = recipe();
    const short = { ...method, burnIn: 20, ramp: 200, alpha: { kind: 'constant' } };
    expect(problems({ method: short, schedule: { kind: 'cosine' } })[0]).toMatch(
      /"method.ramp" is 200 after a burn-in of 20, and "iterations" 60/,
    );
  });

  test('is no hindrance to looking at the data', () => {
    const config = parseConfig({ ...recipe(), iterations: 60 }, { purpose: 'data' });
    expect(counts(config).burnIn).toBe(400);
  });
});

test('what a config leaves out of its schedule has the paper’s part of the run', () => {
  const { data } = recipe();
  const config = parseConfig({ data, iterations: 1800, method: { kind: 'sed' } });
  expect(counts(config)).toMatchObject({ burnIn: 100, milestones: [1200, 1600], warmup: 90 });
  const own = parseConfig({
    data,
    iterations: 1800,
    method: { kind: 'sed', burnIn: 7, alpha: { kind: 'cosine' } },
    schedule: { kind: 'cosine' },
    optimizer: { warmup: { steps: 1 } },
  });
  expect(counts(own)).toMatchObject({ burnIn: 7, milestones: undefined, warmup: 1 });
  expect(counts(parseConfig({ data, method: { kind: 'sed' } }))).toMatchObject({
    burnIn: 10_000,
    milestones: [120_000, 160_000],
    warmup: 1000,
  });
});
