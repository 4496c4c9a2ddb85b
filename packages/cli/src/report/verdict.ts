import { percent } from '../ui/text.ts';
import { averagedName, deviation, mean, methodName, rawName, type FinalMetrics, type ReportRun } from './runs.ts';
import { configDifferences } from './settings.ts';

/** The page's first sentences, as plain text. */
export interface Verdict {
  readonly headline: string;
  /** What the headline rests on, and what speaks against it. */
  readonly notes: readonly string[];
}

/** The metrics that stand for a run: of the averaged weights, where there are some. */
export function judged(run: ReportRun): FinalMetrics | undefined {
  return run.teacher ?? run.student;
}

/** Compares SED with supervised training where both are there, and says how far the comparison can be trusted. */
export function verdict(runs: readonly ReportRun[]): Verdict {
  const evaluated = runs.filter((r) => ap(r) !== undefined);
  if (evaluated.length === 0) {
    return {
      headline: 'No run has been evaluated yet.',
      notes: ['The first evaluation writes the AP into metrics.jsonl.'],
    };
  }
  const groups = new Map<string, ReportRun[]>();
  for (const run of evaluated) groups.set(run.method, [...(groups.get(run.method) ?? []), run]);
  const base = groups.get('supervised');
  const others = [...groups].filter(([method]) => method !== 'supervised');
  const notes: string[] = [];
  let headline: string;
  if (base && others.length > 0) {
    headline = others.map(([method, group]) => against(method, group, base, notes)).join(' ');
  } else {
    headline = [...groups.values()].map((group) => `${subject(group)} reaches ${value(group)} AP.`).join(' ');
  }
  const images = new Set(evaluated.map((r) => judged(r)!.images).filter((n) => n !== undefined));
  if (images.size === 1) notes.push(`Evaluated on ${[...images][0]} images.`);
  if (images.size > 1)
    notes.push(
      `The runs were evaluated on different numbers of images: ${[...images].join(', ')}. Their AP cannot be compared.`,
    );
  for (const run of runs.filter((r) => !r.finished)) {
    notes.push(`${run.label} has not finished: it is at iteration ${run.lastStep} of ${run.iterations ?? '?'}.`);
  }
  const steps = new Set(evaluated.map((r) => judged(r)!.step));
  if (steps.size > 1) notes.push(`The last evaluations are of different iterations: ${[...steps].join(', ')}.`);
  if (base && others.length > 0) {
    const unlike = configDifferences(evaluated)
      .map((d) => d.path)
      .filter(
        (p) =>
          !/^(method|seed|description|\$comment|data\.unlabeled|data\.split\.fold|initFrom|telemetry|checkpoints|threads)(\.|$)/.test(
            p,
          ),
      );
    if (unlike.length > 0)
      notes.push(
        `The runs differ in more than the method: ${unlike.slice(0, 6).join(', ')}${unlike.length > 6 ? ', …' : ''}.`,
      );
  }
  return { headline, notes };
}

function against(method: string, group: readonly ReportRun[], base: readonly ReportRun[], notes: string[]): string {
  const pairs = group.flatMap((run) => {
    const other = base.find((b) => b.pairKey === run.pairKey);
    return other ? [100 * (ap(run)! - ap(other)!)] : [];
  });
  const paired = pairs.length === group.length && group.length === base.length;
  const difference = paired ? mean(pairs) : 100 * (mean(group.map((r) => ap(r)!)) - mean(base.map((r) => ap(r)!)));
  const spread = paired ? deviation(pairs) : undefined;
  const name = methodName(method);
  const size = Math.abs(difference).toFixed(1);
  const word = Math.abs(difference) < 0.05 ? 'level with' : difference > 0 ? `${size} above` : `${size} below`;
  if (spread !== undefined) {
    notes.push(
      `${name} − supervised over ${pairs.length} pairs (${pairs.map((p) => signed(p)).join(', ')}): ${signed(difference)} ± ${spread.toFixed(1)} (standard deviation).`,
    );
  } else if (group.length === 1 || base.length === 1) {
    notes.push(
      'One run of a method has no spread: a gap of about a point may be chance. More folds or seeds would tell.',
    );
  }
  return `${subject(group)} reaches ${value(group)} AP, ${word} ${subject(base, false)} at ${value(base)}.`;
}

/** `SED’s teacher`, `The supervised EMA`. */
function subject(group: readonly ReportRun[], first = true): string {
  const run = group[0]!;
  const model = run.teacher ? averagedName(run) : rawName(run);
  if (run.method === 'supervised') return `${first ? 'The' : 'the'} supervised ${model === 'raw' ? 'run' : model}`;
  return `${methodName(run.method)}’s ${model}`;
}

function value(group: readonly ReportRun[]): string {
  const values = group.map((r) => ap(r)!);
  const spread = deviation(values);
  return spread === undefined ? percent(mean(values)) : `${percent(mean(values))} ± ${(spread * 100).toFixed(1)}`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
}

function ap(run: ReportRun): number | undefined {
  const value = judged(run)?.metrics['AP'];
  return value === undefined || value < 0 ? undefined : value;
}
