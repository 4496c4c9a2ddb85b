import { Type } from '@sinclair/typebox';
import type { Method, NetworkPlan, RunFacts, ViewPlan } from './method.ts';
import { byPreference, planOf, settledFrom, startOf, usesUnlabeled } from './plan.ts';
import { supervised } from './supervised/method.ts';

const run: RunFacts = {
  seed: 1,
  iterations: 100,
  batch: { labeled: 2, unlabeled: 2, accumulate: 1 },
  milestones: [],
  labeledView: 'weak',
};
const config = { kind: 'made-up' };
const images: ViewPlan = { source: 'labeled', from: 0, chains: { image: ['weak'] } };
const trained: NetworkPlan = { role: 'trained' };
const average = (of: string, from: number): NetworkPlan => ({ role: 'averaged', of, from, alpha: () => 0.9 });
const copy = (of: string, from: number): NetworkPlan => ({ role: 'frozen', of, from });

function planWith(
  networks: Record<string, NetworkPlan>,
  views: readonly ViewPlan[] = [images],
  more: Partial<Method> = {},
) {
  const schema = Type.Object({ kind: Type.Literal('made-up') });
  return planOf(
    { kind: 'made-up', schema, networks: () => networks, views: () => views, parts: () => [], ...more },
    config,
    run,
  );
}

test('of what a method leaves out there are defaults', () => {
  const plan = planWith({ a: trained });
  expect(plan).toMatchObject({
    config,
    run,
    halvings: 0,
    unlabeledFrom: Infinity,
    starts: [],
    timing: { at: {}, spans: [] },
    cost: { kept: 1, passes: 3 },
  });
  expect([usesUnlabeled(plan), settledFrom(plan)]).toEqual([false, 0]);
});

test('when networks and views begin, and whom the user wants first', () => {
  const networks = {
    a: trained,
    b: trained,
    mean: average('a', 20),
    old: copy('b', 20),
    slow: average('mean', 30),
  };
  const unlabeled: ViewPlan = { source: 'unlabeled', from: 25, chains: { easy: ['weak'], hard: ['weak', 'strong'] } };
  const plan = planWith(networks, [images, unlabeled], { halvings: () => 2, cost: () => ({ kept: 1, passes: 4 }) });
  expect(plan).toMatchObject({ starts: [20, 30], unlabeledFrom: 25, halvings: 2, cost: { kept: 1, passes: 4 } });
  expect([usesUnlabeled(plan), settledFrom(plan)]).toEqual([true, 30]);
  expect(Object.values(networks).map(startOf)).toEqual([0, 0, 20, 20, 30]);
  expect(byPreference(networks)).toEqual(['mean', 'slow', 'a', 'b', 'old']);
});

test('the settings of a config are what the standard methods plan by', () => {
  const settings = { kind: 'supervised', burnIn: 40, alpha: { kind: 'constant', value: 0.95 } } as const;
  const { networks, starts, views } = planOf(supervised, settings, run);
  expect(networks).toMatchObject({ student: { role: 'trained' }, teacher: { of: 'student', from: 40 } });
  expect(starts).toEqual([40]);
  expect(views).toEqual([images]);
  const teacher = networks['teacher'] as Extract<NetworkPlan, { role: 'averaged' }>;
  expect(teacher.alpha(40)).toBe(0.95);
});

const unlabeled: ViewPlan = { source: 'unlabeled', from: 0, chains: { weak: ['weak'] } };

test.each<[string, Record<string, NetworkPlan>, ViewPlan[], RegExp]>([
  [
    'a network of one that is not there',
    { a: trained, b: average('c', 1) },
    [images],
    /makes 'b' of 'c', which is none/,
  ],
  [
    'a network of itself',
    { a: trained, b: average('b', 1) },
    [images],
    /makes 'b' of 'b', which is not listed before it/,
  ],
  [
    'networks of each other',
    { a: trained, b: average('c', 1), c: average('b', 1) },
    [images],
    /makes 'b' of 'c', which is not listed before it/,
  ],
  [
    'one that starts before its source',
    { a: trained, b: average('a', 5), c: copy('b', 4) },
    [images],
    /'c' of 'b', .*starts later/,
  ],
  [
    'an average of what stays',
    { a: trained, b: copy('a', 1), c: average('b', 1) },
    [images],
    /'c' of 'b', which does not move/,
  ],
  ['no trained network', {}, [images], /trains no network/],
  ['a name that is no file name', { 'a/b': trained }, [images], /calls a network 'a\/b'/],
  ['strong alone', { a: trained }, [{ ...images, chains: { image: ['strong'] } }], /view 'image' by \[strong\]/],
  ['weak twice', { a: trained }, [{ ...images, chains: { image: ['weak', 'weak'] } }], /by \[weak, weak\]/],
  ['two plans of a source', { a: trained }, [images, unlabeled, unlabeled], /has 2 plans for the views of unlabeled/],
  ['no labeled images', { a: trained }, [unlabeled], /no labeled images from the first step on/],
  ['labeled images later', { a: trained }, [{ ...images, from: 1 }], /no labeled images from the first step on/],
  ['no view', { a: trained }, [images, { ...unlabeled, chains: {} }], /unlabeled images and for no view/],
])('a method that contradicts itself is refused: %s', (_, networks, views, message) => {
  expect(() => planWith(networks, views)).toThrow(message);
  expect(() => planWith(networks, views)).toThrow(/^The method made-up .*\.$/);
});
