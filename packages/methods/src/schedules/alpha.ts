/** The α of an averaged network (Table 9): its settings, its value at a step, and what may be said of both. */
import { alphaAt } from '@sed/teacher-ema';
import { Type, type Static } from '@sinclair/typebox';
import type { IterationSetting, RunFacts, Timing } from '../method.ts';
import { PAPER } from '../paper.ts';
import { count, fraction, required } from '../schema/parts.ts';

/** The α of the teacher, Table 9. `at` of the step schedule is by default the first milestone of the learning rate. */
export const alphaSchema = Type.Union(
  [
    required({
      kind: Type.Literal('step'),
      start: fraction(PAPER.alpha),
      end: fraction(PAPER.alphaAfter),
      at: Type.Optional(Type.Integer({ minimum: 0 })),
    }),
    required({
      kind: Type.Literal('cosine'),
      start: fraction(PAPER.alphaCosine.start),
      end: fraction(PAPER.alphaCosine.end),
    }),
    required({ kind: Type.Literal('constant'), value: fraction(PAPER.alphaConstant) }),
  ],
  { default: { kind: 'step' } },
);
/** Supervised iterations before the average starts. */
export const burnInSchema = count(PAPER.burnIn);

export type AlphaConfig = Static<typeof alphaSchema>;

/** What the methods of one averaged network have in their settings. */
export interface AveragingSettings {
  /** Finished steps after which the average starts. */
  readonly burnIn: number;
  readonly alpha: AlphaConfig;
}

type Run = Pick<RunFacts, 'iterations' | 'milestones'>;

/** α of the average's update in step `step` (0-based), which is not before the burn-in's end. */
export function alphaOf({ burnIn, alpha }: AveragingSettings, run: Run, step: number): number {
  // steps are counted from the burn-in's end there, from the run's start in a config
  const [since, length] = [step - burnIn, run.iterations - burnIn];
  if (alpha.kind !== 'step') return alphaAt(alpha, since, length);
  const at = stepOf(alpha, run);
  if (at === undefined)
    throw new Error('"method.alpha.at" is missing, and the learning rate has no milestone to take its place.');
  return alphaAt({ kind: 'step', start: alpha.start, end: alpha.end, at: Math.max(0, at - burnIn) }, since, length);
}

/** The settings of {@link AveragingSettings} that count iterations. */
export const BURN_IN: IterationSetting = {
  path: 'burnIn',
  label: 'the burn-in',
  scalesDefault: true,
  last: (_, iterations) => iterations - 1,
};
export const ALPHA_STEP: IterationSetting = { path: 'alpha.at', last: (_, iterations) => iterations - 1 };

/** What is wrong with the schedule of the average. */
export function checkAveraging(
  { burnIn, alpha }: AveragingSettings,
  { iterations, milestones }: Run,
): { readonly beyondTheEnd: string[]; readonly others: string[] } {
  const beyondTheEnd: string[] = [];
  const others: string[] = [];
  if (burnIn >= iterations) {
    beyondTheEnd.push(
      `"method.burnIn" is ${burnIn} and "iterations" ${iterations}: the burn-in must end before the run does, or the teacher never starts`,
    );
  }
  if (alpha.kind === 'step' && alpha.at !== undefined && alpha.at >= iterations) {
    beyondTheEnd.push(
      `"method.alpha.at" is ${alpha.at}, at or after the last iteration (${iterations}): α would never step`,
    );
  }
  if (alpha.kind === 'step' && stepOf(alpha, { milestones }) === undefined) {
    others.push(
      '"method.alpha.at" is missing: without a milestone of the learning rate (a cosine schedule has none) the step of α has no time',
    );
  }
  return { beyondTheEnd, others };
}

/** When α steps, and whether it follows a curve over the whole run. */
export function averagingTiming({ alpha }: AveragingSettings, run: Run): Timing {
  return {
    at: { 'alpha.at': alpha.kind === 'step' ? stepOf(alpha, run) : undefined },
    spans: alpha.kind === 'cosine' ? ['α'] : [],
  };
}

/**
 * α of a batch `k` times the size, at which an average forgets at the same pace an image, and the sentence that says
 * so.
 */
export function rescaleAveraging<C extends AveragingSettings>(
  config: C,
  k: number,
): { readonly config: C; readonly notes: readonly string[] } {
  const alpha = rescaleAlpha(config.alpha, k);
  const note = `The teacher forgets at the same pace an image: α ${alphaText(config.alpha)} becomes ${alphaText(alpha)} (α to the power ${short(k)}).`;
  return { config: { ...config, alpha }, notes: [note] };
}

function rescaleAlpha(alpha: AlphaConfig, k: number): AlphaConfig {
  switch (alpha.kind) {
    case 'constant':
      return { kind: 'constant', value: alpha.value ** k };
    case 'cosine':
      return { kind: 'cosine', start: alpha.start ** k, end: alpha.end ** k };
    case 'step':
      return { ...alpha, start: alpha.start ** k, end: alpha.end ** k };
  }
}

const stepOf = (alpha: Extract<AlphaConfig, { kind: 'step' }>, { milestones }: Pick<Run, 'milestones'>) =>
  alpha.at ?? milestones[0];

function alphaText(alpha: AlphaConfig): string {
  return alpha.kind === 'constant' ? short(alpha.value) : `${short(alpha.start)} → ${short(alpha.end)}`;
}

const short = (x: number): string => String(Number(x.toPrecision(4)));
