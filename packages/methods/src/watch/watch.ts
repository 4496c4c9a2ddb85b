/**
 * Watches a run for what its user would only find out at the end: losses that stay at zero, take over or blow up, a
 * teacher that forgets. Each warning comes once, with the likely cause and what to do. The state is plain JSON and goes
 * into checkpoints.
 */
import type { MemoryPlan, StepReport, Warning } from '../method.ts';

export interface Observation {
  /** Finished steps. */
  readonly step: number;
  /** Sums of the weighted losses. */
  readonly supervised: number;
  /** Undefined where the step had no unsupervised part. */
  readonly unsupervised: number | undefined;
  readonly positives: number | undefined;
  readonly teacherMaxScore: number | undefined;
}

/** Numbers of the watch that a resumed run needs. Averages are over about {@link MEMORY} steps. */
export interface LossWatch {
  warned: string[];
  zeroSteps: number;
  barrenSteps: number;
  supervised: number | null;
  lowest: number | null;
  /** Since the burn-in ended. */
  unsupervised: number | null;
  unsupervisedSteps: number;
  score: number | null;
  firstScore: number | null;
}

/** Steps that an average remembers, that make "for long", and that a comparison waits for. */
const MEMORY = 20;
const LONG = 100;
const WARM = 40;
/** Unsupervised over supervised loss, weighted. The recipes here have 1 to 3. */
const TAKES_OVER = 5;
/** Supervised loss over its lowest average. */
const BLOWS_UP = 3;
/** The teacher's best score over what it was when it started. */
const FORGETS = 0.5;
const NOTHING = 1e-8;

export function initialWatch(): LossWatch {
  return {
    warned: [],
    zeroSteps: 0,
    barrenSteps: 0,
    supervised: null,
    lowest: null,
    unsupervised: null,
    unsupervisedSteps: 0,
    score: null,
    firstScore: null,
  };
}

/** Whether a value read from a file is a state of this watch, or of an earlier version's, which watched less. */
function isLossWatch(value: unknown): value is Partial<LossWatch> {
  if (typeof value !== 'object' || value === null) return false;
  const found = value as Record<string, unknown>;
  return Object.entries(initialWatch()).every(([name, initial]) => {
    if (!(name in found)) return true;
    if (Array.isArray(initial)) return Array.isArray(found[name]);
    return typeof found[name] === 'number' || (initial === null && found[name] === null);
  });
}

/** The next state, and the warnings that this step calls for. */
export function watch(state: LossWatch, seen: Observation): { state: LossWatch; warnings: Warning[] } {
  const next: LossWatch = { ...state, warned: [...state.warned] };
  const warnings: Warning[] = [];
  const warn = (code: string, message: string): void => {
    if (next.warned.includes(code)) return;
    next.warned.push(code);
    warnings.push({ code, message: `Step ${seen.step}: ${message}` });
  };

  next.supervised = average(state.supervised, seen.supervised);
  if (seen.step > MEMORY) next.lowest = Math.min(state.lowest ?? Infinity, next.supervised);
  next.barrenSteps = seen.positives === 0 ? state.barrenSteps + 1 : 0;
  if (next.barrenSteps === LONG) {
    warn(
      'no-positives',
      `no anchor matched a labeled box for ${LONG} steps, so boxes are not learnt. Likely cause: the anchors do not fit the objects at the ` +
        'input size. Compare box sizes after resizing with "detector.anchors.side" (in strides, from 8 in a RetinaNet, from 4 in a Faster R-CNN), or ' +
        'enlarge "input.resize".',
    );
  }

  const { unsupervised } = seen;
  if (unsupervised === undefined) {
    if (state.unsupervisedSteps === 0 && next.lowest !== null && next.supervised > BLOWS_UP * next.lowest) {
      warn(
        'supervised-rising',
        `the supervised loss is ${ratio(next.supervised, next.lowest)} times its lowest average. Likely cause: the learning rate is too high for ` +
          'the batch. Lower "optimizer.lr" in proportion to the batch, set "optimizer.clip" (10) or lengthen "optimizer.warmup.steps".',
      );
    }
    return { state: next, warnings };
  }

  next.unsupervisedSteps = state.unsupervisedSteps + 1;
  next.unsupervised = average(state.unsupervised, unsupervised);
  next.zeroSteps = Math.abs(unsupervised) < NOTHING ? state.zeroSteps + 1 : 0;
  if (next.zeroSteps === LONG) {
    warn(
      'unsupervised-zero',
      `the unsupervised losses have been zero for ${LONG} steps: nothing is learnt from the unlabeled images. Likely causes: weights at 0 ` +
        '("method.lambdaScale", "lambdaDistill", "classificationWeight", "regressionWeight"), a strong view that changes nothing ' +
        '("augment"), or images that are blank after decoding.',
    );
  }
  if (next.unsupervisedSteps >= WARM) {
    if (next.unsupervised > TAKES_OVER * next.supervised) {
      warn(
        'unsupervised-exploding',
        `the weighted unsupervised losses are ${ratio(next.unsupervised, next.supervised)} times the supervised ones and steer the training. ` +
          'Likely cause: a small batch, where the histogram of Eq 5 gives a few noisy rows much weight. Or weights that are too high. ' +
          'Lower "method.classificationWeight" (0.1 has worked with 2 + 2 images) or "method.regressionWeight", whichever losses are larger, ' +
          '"lambdaScale" or "lambdaDistill", or let them rise slowly ("method.ramp").',
      );
    }
    if (next.lowest !== null && next.supervised > BLOWS_UP * next.lowest) {
      warn(
        'supervised-rising',
        `since the teacher joined, the supervised loss has risen to ${ratio(next.supervised, next.lowest)} times its lowest average: the student ` +
          'unlearns the labels. Likely cause: unsupervised gradients that are too strong. Lower "method.classificationWeight", or lengthen "method.burnIn".',
      );
    }
  }
  if (seen.teacherMaxScore !== undefined) {
    next.score = average(state.score, seen.teacherMaxScore);
    if (next.unsupervisedSteps === MEMORY) next.firstScore = next.score;
    if (next.firstScore !== null && next.score < FORGETS * next.firstScore) {
      warn(
        'teacher-collapsed',
        `the teacher's best score has fallen from ${next.firstScore.toFixed(2)} to ${next.score.toFixed(2)}: student and teacher agree on ` +
          'predicting nothing. Lower the unsupervised weights ("method.classificationWeight") and check that the burn-in ended with a usable detector.',
      );
    }
  }
  return { state: next, warnings };
}

function average(before: number | null, value: number): number {
  return before === null ? value : before + (value - before) / MEMORY;
}

function ratio(a: number, b: number): string {
  return (a / Math.max(b, 1e-12)).toPrecision(2);
}

/** The watch as a method's memory. */
export const lossWatch: MemoryPlan<unknown, LossWatch> = {
  initial: initialWatch,
  restore(stored) {
    if (!isLossWatch(stored)) throw new Error('is no state of the watch over the losses');
    return { ...initialWatch(), ...stored };
  },
};

/**
 * What {@link watch} makes of a step's report: the parts `supervised` and `unsupervised`, and the measure
 * `teacherMaxScore`, for methods that have them.
 */
export function watchLosses(state: LossWatch, report: StepReport): { memory: LossWatch; warnings: readonly Warning[] } {
  const { step, totals, losses, measured } = report;
  // of two stages the first: the second is also given the labeled boxes themselves
  const boxes = [...losses].find(([name]) => /^supervised\..*boxRegression$/i.test(name))?.[1];
  const score = measured['teacherMaxScore'];
  const { state: memory, warnings } = watch(state, {
    step,
    supervised: totals.get('supervised') ?? 0,
    unsupervised: totals.get('unsupervised'),
    // a regression loss of exactly zero is one without a positive
    positives: boxes === undefined || boxes > 0 ? undefined : 0,
    teacherMaxScore: typeof score === 'number' ? score : undefined,
  });
  return { memory, warnings };
}
