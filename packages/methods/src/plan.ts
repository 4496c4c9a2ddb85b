/** A method together with its settings and the run: what everybody asks it, asked once. */
import type {
  AnyMethod,
  MethodSettings,
  NetworkPlan,
  RunFacts,
  Timing,
  Transform,
  UnlabeledCost,
  ViewPlan,
} from './method.ts';

export interface MethodPlan {
  readonly method: AnyMethod;
  readonly config: MethodSettings;
  readonly run: RunFacts;
  readonly networks: Readonly<Record<string, NetworkPlan>>;
  readonly views: readonly ViewPlan[];
  /** How often a view may be halved. */
  readonly halvings: number;
  /** The first step with unlabeled images (0-based); Infinity where there are none. */
  readonly unlabeledFrom: number;
  /** Finished steps after which a network that is made of another starts, without repeats, rising. */
  readonly starts: readonly number[];
  readonly timing: Timing;
  readonly cost: UnlabeledCost;
}

const AS_LABELED: UnlabeledCost = { kept: 1, passes: 3 };

/** @throws Error where the method contradicts itself: that is a mistake in it, not in a config */
export function planOf(method: AnyMethod, config: MethodSettings, run: RunFacts): MethodPlan {
  const networks = method.networks(config, run);
  const views = method.views(config, run);
  checkNetworks(method.kind, networks);
  checkViews(method.kind, views);
  const derived = Object.values(networks).filter(({ role }) => role !== 'trained');
  const froms = views.filter(({ source }) => source === 'unlabeled').map(({ from }) => from);
  return {
    method,
    config,
    run,
    networks,
    views,
    halvings: method.halvings?.(config) ?? 0,
    unlabeledFrom: Math.min(Infinity, ...froms),
    starts: [...new Set(derived.map(startOf))].sort((a, b) => a - b),
    timing: method.timing?.(config, run) ?? { at: {}, spans: [] },
    cost: method.cost?.(config) ?? AS_LABELED,
  };
}

/** Finished steps after which a network is there. */
export function startOf(plan: NetworkPlan): number {
  return plan.role === 'trained' ? 0 : plan.from;
}

/** Whether the run has unlabeled images at all. */
export function usesUnlabeled({ unlabeledFrom }: Pick<MethodPlan, 'unlabeledFrom'>): boolean {
  return unlabeledFrom !== Infinity;
}

/** Finished steps after which all networks are there: what comes before is another training. */
export function settledFrom({ starts }: Pick<MethodPlan, 'starts'>): number {
  return starts.at(-1) ?? 0;
}

/**
 * Names of networks, the one first that a user wants for predictions: averaged ones, then trained ones, then frozen
 * ones.
 */
export function byPreference(networks: Readonly<Record<string, Pick<NetworkPlan, 'role'>>>): string[] {
  const order = { averaged: 0, trained: 1, frozen: 2 };
  return Object.keys(networks).sort((a, b) => order[networks[a]!.role] - order[networks[b]!.role]);
}

/** Names as parts of file names. */
const NAME = /^[a-z][a-z0-9-]*$/;

function checkNetworks(kind: string, networks: MethodPlan['networks']): void {
  const wrong = (what: string): Error => new Error(`The method ${kind} ${what}.`);
  const order = Object.keys(networks);
  for (const [name, plan] of Object.entries(networks)) {
    if (!NAME.test(name)) throw wrong(`calls a network '${name}'; a name has lower-case letters, digits and hyphens`);
    if (plan.role === 'trained') continue;
    const source = networks[plan.of];
    if (!source) throw wrong(`makes '${name}' of '${plan.of}', which is none of its networks`);
    if (order.indexOf(plan.of) >= order.indexOf(name))
      throw wrong(`makes '${name}' of '${plan.of}', which is not listed before it`);
    if (startOf(source) > plan.from || source.role === 'frozen')
      throw wrong(`makes '${name}' of '${plan.of}', which does not move, or starts later`);
  }
  if (!Object.values(networks).some(({ role }) => role === 'trained')) throw wrong('trains no network');
}

function checkViews(kind: string, views: readonly ViewPlan[]): void {
  const wrong = (what: string): Error => new Error(`The method ${kind} ${what}.`);
  for (const source of ['labeled', 'unlabeled'] as const) {
    const plans = views.filter((plan) => plan.source === source);
    if (plans.length > 1)
      throw wrong(`has ${plans.length} plans for the views of ${source} images; one can have many chains`);
  }
  const labeled = views.find(({ source }) => source === 'labeled');
  if (!labeled || labeled.from > 0) throw wrong('asks for no labeled images from the first step on');
  for (const { source, chains } of views) {
    if (Object.keys(chains).length === 0) throw wrong(`asks for ${source} images and for no view of them`);
    for (const [name, chain] of Object.entries(chains)) {
      if (!isChain(chain))
        throw wrong(`makes the view '${name}' by [${chain.join(', ')}]; a chain is [weak] or [weak, strong]`);
    }
  }
}

const isChain = (chain: readonly Transform[]): boolean => ['weak', 'weak,strong'].includes(chain.join());
