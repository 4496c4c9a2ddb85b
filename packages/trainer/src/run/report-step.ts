/** What a step says: its row, its progress, the warnings of the method. */
import { usesUnlabeled, type Warning } from '@sed/methods';
import type { UnreadableFile } from '../data/loader.ts';
import type { MetricsRow, TrainRow } from '../metrics/rows.ts';
import { expectedByStep, longRun, MEASURED_STEPS } from './cost.ts';
import type { Run } from './run.ts';
import type { StepNumbers } from './step.ts';
import { memoryNow } from './telemetry.ts';

/** Files that cannot be read and are told of. */
const TOLD = 20;

/**
 * Writes the step's row and the method's warnings, sends the progress, and lets the method remember.
 * @param secondsPerStep of the last steps, for the row and the time left
 */
export function reportStep(run: Run, numbers: StepNumbers, withRow: boolean, secondsPerStep: number): void {
  const { config, plan, state } = run;
  const { step } = state;
  const { total, lr, alpha, gradientNorm, measured } = numbers;
  const losses = Object.fromEntries(numbers.losses);
  const rows: MetricsRow[] = [];
  if (withRow) {
    const row: TrainRow = {
      kind: 'train',
      step,
      losses,
      total,
      lr,
      alpha,
      gradientNorm,
      seconds: secondsPerStep,
      memory: memoryNow(),
      ...measured,
    };
    rows.push(row);
  }
  run.emit(...rows, ...remember(run, numbers).map((warning) => ({ kind: 'warning' as const, step, ...warning })));
  run.send({
    kind: 'progress',
    step,
    iterations: config.iterations,
    secondsPerStep,
    secondsLeft: expectedByStep(plan, step, secondsPerStep),
    losses,
    total,
    lr,
    alpha,
    phase: usesUnlabeled(plan) && step <= plan.unlabeledFrom ? 'burn-in' : plan.method.kind,
  });
}

function remember({ plan, state }: Run, numbers: StepNumbers): readonly Warning[] {
  const { losses, totals, measured } = numbers;
  const after = plan.method.after?.({ step: state.step, losses, totals, measured }, state.memory, plan.config);
  if (!after) return [];
  state.memory = after.memory;
  return after.warnings;
}

/** What the first steps took tells better than one image did how long the run will be. */
export function warnOfLength(run: Run, secondsPerStep: number): void {
  const { plan, state } = run;
  const seconds = expectedByStep(plan, state.step, secondsPerStep);
  const how = `the first ${MEASURED_STEPS} steps took ${secondsPerStep.toPrecision(2)} s each`;
  longRun(seconds, how).forEach((warning) => run.warn(state.step, warning));
}

/** Tells of files that were passed over, each once in a process, up to {@link TOLD}. */
export function createUnreadableReport(run: Run): (files: readonly UnreadableFile[]) => void {
  const told = new Set<string>();
  return (files) => {
    for (const { path, reason } of files) {
      if (told.has(path)) continue;
      told.add(path);
      const last = told.size === TOLD ? ' Further files will be passed over without a word.' : '';
      if (told.size > TOLD) continue;
      run.warn(run.state.step, {
        code: 'unreadable-image',
        message: `Step ${run.state.step}: ${reason} The step took another image instead.${last}`,
      });
    }
  };
}
