/** What compiles and what must not; each `@ts-expect-error` is checked by the compiler. */
import { Type } from '@sinclair/typebox';
import { createSgd, planOf, standardMethods, supervised } from './index.ts';
import type { AnyMethod, Method, MethodPlan, NetworkPlan, RunFacts, SupervisedConfig, ViewPlan } from './index.ts';
import { labeledViews, supervisedPart } from './pieces.ts';

interface Config {
  readonly kind: string;
  readonly from: number;
}

const mine: Method<Config> = {
  kind: 'mine',
  schema: Type.Object({ kind: Type.Literal('mine'), from: Type.Integer({ default: 3 }) }),
  networks: ({ from }) => ({
    model: { role: 'trained' },
    mean: { role: 'averaged', of: 'model', from, alpha: () => 0.9 },
  }),
  views: (_, { labeledView }): ViewPlan[] => [labeledViews(labeledView)],
  parts: (step) => [supervisedPart(step, { network: 'model' })],
};
const run: RunFacts = {
  seed: 1,
  iterations: 10,
  batch: { labeled: 1, unlabeled: 0, accumulate: 1 },
  milestones: [],
  labeledView: 'weak',
};

test('a method of one’s own stands beside the standard ones', () => {
  const methods: readonly AnyMethod[] = [...standardMethods, mine];
  const config: Config = { kind: 'mine', from: 2 };
  const plan: MethodPlan = planOf(mine, config, run);
  const networks: Readonly<Record<string, NetworkPlan>> = plan.networks;
  expect(methods.map(({ kind }) => kind)).toEqual(['supervised', 'sed', 'mine']);
  expect(Object.keys(networks)).toEqual(['model', 'mean']);
});

test('misuse does not compile', () => {
  // @ts-expect-error a role that is none
  const copied: NetworkPlan = { role: 'copied', of: 'model' };
  // @ts-expect-error an average says of what
  const orphan: NetworkPlan = { role: 'averaged', from: 0, alpha: () => 0.9 };
  expect([copied.role, orphan.role]).toEqual(['copied', 'averaged']);
  // @ts-expect-error a method has parts
  const idle: Method<Config> = { kind: 'idle', schema: Type.Object({}), networks: () => ({}), views: () => [] };
  expect(idle.kind).toBe('idle');
  // @ts-expect-error another method's settings
  const config: SupervisedConfig = { kind: 'supervised', burnIn: 'never' };
  expect(config.kind).toBe(supervised.kind);
  // @ts-expect-error momentum is missing
  const sgd = createSgd(new Map(), { weightDecay: 0 });
  sgd.dispose();
});
