import { percent } from '../ui/text.ts';
import { halfInterval, RERUN_NOISE } from './noise.ts';
import { BASELINE, methodLabel } from '../runs/networks.ts';
import { deviation, mean, type Evaluation, type ReportRun } from './runs.ts';
import { configDifferences } from './settings.ts';

/** The page's first sentences, as plain text. */
export interface Verdict {
  readonly headline: string;
  /** What the headline rests on, and what speaks against it. */
  readonly notes: readonly string[];
}

export interface BestOfRun extends Evaluation {
  /** What the page calls the network: `teacher`, `EMA`, … */
  readonly model: string;
  /** AP, 0..1. */
  readonly ap: number;
}

/**
 * The best of a run's networks at its best evaluation, of equal ones the averaged weights: what `loadRun` takes where
 * the best of all is kept.
 */
export function bestOf(run: ReportRun): BestOfRun | undefined {
  const each = run.networks.flatMap(({ label, evaluations }): BestOfRun[] => {
    const best = evaluations?.best;
    const ap = best?.metrics['AP'];
    return best === undefined || ap === undefined || ap < 0 ? [] : [{ ...best, model: label, ap }];
  });
  const value = (one: BestOfRun) => one.metrics[run.bestBy] ?? -1;
  return each.length === 0 ? undefined : each.reduce((a, b) => (value(b) > value(a) ? b : a));
}

/**
 * Compares each method with supervised training where both are there, best with best, and says how far the comparison
 * can be trusted.
 */
export function verdict(runs: readonly ReportRun[]): Verdict {
  const evaluated = runs.filter((r) => bestOf(r) !== undefined);
  if (evaluated.length === 0) {
    return {
      headline: 'No run has been evaluated yet.',
      notes: ['The first evaluation writes the AP into metrics.jsonl.'],
    };
  }
  const groups = new Map<string, ReportRun[]>();
  for (const run of evaluated) groups.set(run.method, [...(groups.get(run.method) ?? []), run]);
  const base = groups.get(BASELINE);
  const others = [...groups].filter(([method]) => method !== BASELINE);
  const notes: string[] = [];
  let headline: string;
  if (base && others.length > 0) {
    headline = others.map(([method, group]) => against(method, group, base, notes)).join(' ');
  } else {
    headline = [...groups]
      .map(([method, group]) => `${sentenceStart(methodLabel(method))}: ${apText(group)} AP at its best.`)
      .join(' ');
  }
  notes.push(...evaluated.map(bestAndLast), ...selection(evaluated));
  const images = new Set(evaluated.map((r) => bestOf(r)!.images).filter((n) => n !== undefined));
  if (images.size === 1) notes.push(`Evaluated on ${[...images][0]} images.`);
  if (images.size > 1)
    notes.push(
      `The runs were evaluated on different numbers of images: ${[...images].join(', ')}. Their AP cannot be compared.`,
    );
  for (const run of runs.filter((r) => !r.finished)) {
    notes.push(`${run.label} has not finished: it is at iteration ${run.lastStep} of ${run.iterations ?? '?'}.`);
  }
  for (const run of runs)
    if (run.stoppedEarly !== undefined) notes.push(`${run.label} stopped early: ${run.stoppedEarly}`);
  if (base && others.length > 0) notes.push(...unlikeSettings(evaluated));
  return { headline, notes };
}

/** A sentence; what it rests on goes to `notes`. */
function against(method: string, group: readonly ReportRun[], base: readonly ReportRun[], notes: string[]): string {
  const name = methodLabel(method);
  const pairs = group.flatMap((run) => {
    const other = base.find((b) => b.pairKey === run.pairKey);
    return other ? [points(run) - points(other)] : [];
  });
  const paired = pairs.length > 1 && pairs.length === group.length && group.length === base.length;
  const both = `${name} ${apText(group)} AP, supervised training ${apText(base)}, each at its best`;
  const difference = mean(group.map(points)) - mean(base.map(points));
  const size = `${Math.abs(difference).toFixed(1)} ${difference < 0 ? 'below' : 'above'}`;
  const spread = paired ? deviation(pairs) : undefined;
  if (spread === undefined) {
    const single = group.length === 1 || base.length === 1;
    notes.push(
      `${single ? 'One run of a method has no spread' : 'The runs are not pairs of one fold and seed each'}. Runs of one recipe that differ in the seed or in rounding alone were about ${RERUN_NOISE} AP apart on small data sets: ` +
        'several seeds or folds of both methods would tell more.',
    );
    return Math.abs(difference) < RERUN_NOISE
      ? `${both}: no difference, as reruns alone are about ${RERUN_NOISE} apart.`
      : `${both}: ${size}. Reruns alone are about ${RERUN_NOISE} apart, and ${single ? 'one run is' : 'unpaired runs are'} no proof.`;
  }
  const half = halfInterval(spread, pairs.length);
  const interval = `${signed(difference - half)} to ${signed(difference + half)}`;
  notes.push(
    `${name} − supervised over ${pairs.length} pairs (${pairs.map((p) => signed(p)).join(', ')}): ${signed(difference)} ± ${spread.toFixed(1)} (standard deviation); 95 % interval of the mean ${interval}.`,
  );
  return Math.abs(difference) > half
    ? `${both}: ${size} (95 % interval ${interval}).`
    : `${both}: no difference beyond chance (95 % interval ${interval}).`;
}

/** `sed: teacher 36.1 AP (its best, iteration 800), 35.9 (its last, 1000); student …`. */
function bestAndLast(run: ReportRun): string {
  const models = run.networks.flatMap(({ label, evaluations }) => {
    if (evaluations === undefined) return [];
    const { best, last } = evaluations;
    const one = `${label} ${percent(best.metrics['AP'])} AP`;
    return best === last
      ? [`${one} (its best and last, iteration ${last.step})`]
      : [`${one} (its best, iteration ${best.step}), ${percent(last.metrics['AP'])} (its last, ${last.step})`];
  });
  return `${run.label}: ${models.join('; ')}.`;
}

/** What choosing the best does to the numbers. */
function selection(runs: readonly ReportRun[]): string[] {
  const counts = runs.map((run) => Math.max(0, ...run.networks.map(({ evaluations }) => evaluations?.count ?? 0)));
  if (Math.max(...counts) < 2) return [];
  const chosen =
    'The best of several evaluations was chosen on the very images it is reported on, which flatters it a little; the last was not chosen.';
  if (new Set(counts).size === 1) return [chosen];
  const each = runs.map((run, i) => `${run.label} ${counts[i]}`).join(', ');
  return [`${chosen} The runs were evaluated so many times: ${each}; the best of more is higher by chance.`];
}

function unlikeSettings(runs: readonly ReportRun[]): string[] {
  const unlike = configDifferences(runs)
    .map((d) => d.path)
    .filter(
      (p) =>
        !/^(method|seed|description|\$comment|data\.unlabeled|data\.split\.fold|initFrom|telemetry|checkpoints|threads)(\.|$)/.test(
          p,
        ),
    );
  return unlike.length === 0
    ? []
    : [`The runs differ in more than the method: ${unlike.slice(0, 6).join(', ')}${unlike.length > 6 ? ', …' : ''}.`];
}

function apText(group: readonly ReportRun[]): string {
  const values = group.map((r) => bestOf(r)!.ap);
  const spread = deviation(values);
  return spread === undefined ? percent(mean(values)) : `${percent(mean(values))} ± ${(spread * 100).toFixed(1)}`;
}

/** AP in percent of the best network at its best. */
const points = (run: ReportRun): number => 100 * bestOf(run)!.ap;

const sentenceStart = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
}
