/** What compiles and what must not; each `@ts-expect-error` is checked by the compiler. */
import { standardMethods } from '@sed/methods';
import { ConfigError, loadRun, parseConfig, rescale, train, withIterations } from './index.ts';
import type { Methods, RunConfig, TrainEvent, TrainOptions } from './index.ts';

const json = {
  data: {
    labeled: { annotations: 'train.json', images: 'train' },
    unlabeled: { images: 'more' },
    validation: { annotations: 'val.json', images: 'val' },
  },
  iterations: 1000,
  method: { kind: 'sed' },
};

test('a config is parsed from anything, and is its type from then on', () => {
  const methods: Methods = standardMethods;
  const config: RunConfig = parseConfig(json, { methods, purpose: 'train' });
  const shorter: RunConfig = withIterations(config, 100).config;
  const { notes }: { notes: readonly string[] } = rescale(config, { labeled: 2 });
  const steps: number[] = [config.iterations, shorter.iterations];
  expect(steps).toEqual([1000, 100]);
  expect(notes.length).toBeGreaterThan(0);
  const heard: string[] = [];
  const onEvent = (event: TrainEvent): void => {
    if (event.kind === 'progress') heard.push(`${event.step} ${Object.keys(event.losses).join()}`);
  };
  const options: TrainOptions = { out: 'runs/a', resume: false, onEvent, methods };
  expect(options.out).toBe('runs/a');
});

test('misuse does not compile', async () => {
  const config = parseConfig(json);
  // @ts-expect-error a seed is a number
  const seed: string = config.seed;
  expect(typeof seed).toBe('number');
  // @ts-expect-error text is no config
  await expect(train('run.json', { out: 'runs/a' })).rejects.toThrow();
  // @ts-expect-error where to is missing
  await expect(train(config, {})).rejects.toThrow();
  // @ts-expect-error no such option
  expect(() => parseConfig({}, { method: [] })).toThrow(ConfigError);
  // @ts-expect-error a checkpoint is `best`, `last` or a step
  expect(() => loadRun('nowhere', { checkpoint: 'first' })).toThrow();
});
