/** Which settings may differ when a run goes on: those on which no step so far depended. */
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
/** Where the data is and how it is written down: what counts is which images and boxes it has, and its record tells that. */
const DATA = ['data.root', 'data.labeled', 'data.unlabeled'];
/** Settings that later steps depend on; they are looked at one by one. */
const LATER = ['iterations', 'schedule.milestones', 'method.alpha.at'];

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
 */
export function compareSettings(before: RunConfig, after: RunConfig, step: number, mayMove: boolean): GoingOn {
  const free = [...FREE, ...LATER, ...(mayMove ? DATA : [])];
  const isFree = (name: string) => free.some((f) => name === f || name.startsWith(`${f}.`));
  const [a, b] = [leaves(before), leaves(after)];
  const refused = [...new Set([...a.keys(), ...b.keys()])]
    .filter((n) => !isFree(n) && a.get(n) !== b.get(n))
    .map((n) => `${n} (${a.get(n) ?? 'absent'} → ${b.get(n) ?? 'absent'})`);
  const length = compareLength(before, after, step);
  const [past, pastAfter] = [before, after].map((config) =>
    milestones(config)
      .filter((m) => m < step)
      .join(', '),
  );
  if (past !== pastAfter) {
    refused.push(`schedule.milestones (before step ${step} they were ${past || 'none'}, now ${pastAfter || 'none'})`);
  }
  const [at, atAfter] = [alphaStep(before), alphaStep(after)];
  if (at !== atAfter && Math.min(at ?? 0, atAfter ?? 0) < step) {
    refused.push(`method.alpha.at (${at ?? 'absent'} → ${atAfter ?? 'absent'}, and step ${step} is done)`);
  }
  return { refused: [...refused, ...length.refused], notes: length.notes };
}

function compareLength(before: RunConfig, after: RunConfig, step: number): GoingOn {
  const [from, to] = [before.iterations, after.iterations];
  if (from === to) return { refused: [], notes: [] };
  const bound = [
    ...(before.schedule.kind === 'cosine' ? ['the learning rate'] : []),
    ...(before.method.alpha.kind === 'cosine' ? ['α'] : []),
  ];
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

/** The step at which α changes; undefined where it does not step. */
function alphaStep(config: RunConfig): number | undefined {
  const { alpha } = config.method;
  return alpha.kind === 'step' ? (alpha.at ?? milestones(config)[0]) : undefined;
}

function leaves(value: unknown, path = '', found = new Map<string, string>()): Map<string, string> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [key, v] of Object.entries(value)) leaves(v, path === '' ? key : `${path}.${key}`, found);
  } else found.set(path, JSON.stringify(value));
  return found;
}
