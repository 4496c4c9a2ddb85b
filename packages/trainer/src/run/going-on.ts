/** Which settings may differ when a run goes on: those on which no step so far depended. */
import { standardMethods, type MethodPlan } from '@sed/methods';
import { methodPlan, type Methods } from '../config/method-plan.ts';
import type { RunConfig } from '../config/schema.ts';

/** Settings that no result of training depends on. */
const FREE = [
  '$comment',
  'description',
  'evaluation',
  'checkpoints',
  'earlyStopping',
  'telemetry',
  'threads',
  'data.cacheMegabytes',
  'pipeline.workers',
  'pipeline.ahead',
  'data.validation',
];
/**
 * Where the data is and how it is written down: what counts is which images and boxes it has, and its record tells
 * that.
 */
const DATA = ['data.root', 'data.labeled', 'data.unlabeled'];
/** Settings that later steps depend on; they are looked at one by one. */
const LATER = ['iterations', 'schedule.milestones'];

export interface GoingOn {
  /** What keeps the run from going on, a setting each. */
  readonly refused: readonly string[];
  /** What will be other than it would have been, in sentences. */
  readonly notes: readonly string[];
}

/**
 * Compares the settings of a run with those that it is to go on with.
 * @param step finished steps
 * @param mayMove whether the settings of the data may be others, as what it has is compared on its own
 * @param methods that the configs may name. Default: the standard ones
 */
export function compareSettings(
  before: RunConfig,
  after: RunConfig,
  step: number,
  mayMove: boolean,
  methods: Methods = standardMethods,
): GoingOn {
  const [planned, plannedAfter] = [before, after].map((config) => methodPlan(config, methods)) as [
    MethodPlan,
    MethodPlan,
  ];
  const ofMethod = Object.keys({ ...planned.timing.at, ...plannedAfter.timing.at });
  const free = [...FREE, ...LATER, ...ofMethod.map((name) => `method.${name}`), ...(mayMove ? DATA : [])];
  const isFree = (name: string) => free.some((f) => name === f || name.startsWith(`${f}.`));
  const [a, b] = [leaves(before), leaves(after)];
  const refused = [...new Set([...a.keys(), ...b.keys()])]
    .filter((n) => !isFree(n) && a.get(n) !== b.get(n))
    .map((n) => `${n} (${a.get(n) ?? 'absent'} → ${b.get(n) ?? 'absent'})`);
  const length = compareLength(before, after, step, planned.timing.spans);
  const [past, pastAfter] = [before, after].map((config) =>
    milestones(config)
      .filter((m) => m < step)
      .join(', '),
  );
  if (past !== pastAfter) {
    refused.push(`schedule.milestones (before step ${step} they were ${past || 'none'}, now ${pastAfter || 'none'})`);
  }
  for (const name of ofMethod) {
    const [at, atAfter] = [planned.timing.at[name], plannedAfter.timing.at[name]];
    if (at === atAfter || Math.min(at ?? 0, atAfter ?? 0) >= step) continue;
    refused.push(`method.${name} (${at ?? 'absent'} → ${atAfter ?? 'absent'}, and step ${step} is done)`);
  }
  return { refused: [...refused, ...length.refused], notes: length.notes };
}

function compareLength(before: RunConfig, after: RunConfig, step: number, spans: readonly string[]): GoingOn {
  const [from, to] = [before.iterations, after.iterations];
  if (from === to) return { refused: [], notes: [] };
  const bound = [...(before.schedule.kind === 'cosine' ? ['the learning rate'] : []), ...spans];
  if (bound.length > 0) {
    const what =
      `iterations (${from} → ${to}; ${bound.join(' and ')} followed a cosine to iteration ${from}, so a run of ${to} would ` +
      `have been another one from its first step: start a new run with "initFrom" at a checkpoint of this one)`;
    return { refused: [what], notes: [] };
  }
  if (to < step) return { refused: [`iterations (${from} → ${to}; the run is at step ${step} already)`], notes: [] };
  return {
    refused: [],
    notes: [`The run goes on to iteration ${to} instead of ${from}, at the learning rate that its schedule has there.`],
  };
}

const milestones = ({ schedule }: RunConfig): readonly number[] =>
  schedule.kind === 'step' ? schedule.milestones : [];

function leaves(value: unknown, path = '', found = new Map<string, string>()): Map<string, string> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [key, v] of Object.entries(value)) leaves(v, path === '' ? key : `${path}.${key}`, found);
  } else found.set(path, JSON.stringify(value));
  return found;
}
