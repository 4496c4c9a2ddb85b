/** The steps of a run, one after the other, with all that comes between them. */
import { checkpointFolder } from '../checkpoint/files.ts';
import { createLoader, untilAborted } from '../data/loader.ts';
import type { EvalRow } from '../metrics/rows.ts';
import { readMetrics } from '../metrics/writer.ts';
import { MEASURED_STEPS } from './cost.ts';
import { evaluateIfDue } from './evaluation.ts';
import { afterFailure } from './failure.ts';
import { checkpointsFolder, metricsFile } from './folder.ts';
import { createUnreadableReport, reportStep, warnOfLength } from './report-step.ts';
import { endsEarly, type Run } from './run.ts';
import { checkpointIsDue, saveCheckpoint } from './save.ts';
import { takeStep } from './step.ts';
import type { TrainResult } from './types.ts';

/** Steps whose duration the progress is estimated from. */
const RECENT = 50;

/** @param evaluationPending whether the evaluation of the step that the run goes on from is still to be done */
export async function loop(run: Run, evaluationPending: boolean): Promise<TrainResult> {
  const { config, options, data, state, plan } = run;
  const { signal } = options;
  const { every } = config.telemetry;
  const before = state.seconds;
  const beginnings = new Set(plan.starts);
  const reportUnreadable = createUnreadableReport(run);
  let checkpoint = run.checkpoint;
  let durations: number[] = [];
  let taken = 0;
  let pending = evaluationPending && !(await evaluateIfDue(run));
  // what was found now belongs into the checkpoint that waited for it
  if (evaluationPending && !pending) checkpoint = saveCheckpoint(run, false, checkpoint);
  const loader = createLoader(config, data, options.methods ? { methods: options.methods } : {});

  // whether all that a step does has been done for the last one, and whether the last checkpoint is of it
  let settled = true;
  const isCurrent = () =>
    settled && checkpoint === checkpointFolder(checkpointsFolder(options.out), state.step) && !pending;
  const oneAfterAnother = async (): Promise<void> => {
    let start = performance.now();
    for await (const views of untilAborted(loader.steps(state.step, signal), signal)) {
      // also the first step in which something has changed
      const withRow =
        (state.step + 1) % every === 0 || state.step + 1 === config.iterations || beginnings.has(state.step);
      const numbers = await takeStep(config, run, state, views, { measuring: withRow, lastCheckpoint: checkpoint });
      settled = false;
      const seconds = (performance.now() - start) / 1000;
      state.seconds += seconds;
      durations = [...durations.slice(1 - RECENT), seconds];
      reportStep(run, numbers, withRow, median(durations));
      if (++taken === MEASURED_STEPS) warnOfLength(run, median(durations));
      reportUnreadable([...views.labeled.unreadable, ...(views.unlabeled?.unreadable ?? [])]);
      const evaluated = await evaluateIfDue(run);
      if (!evaluated) pending = true;
      settled = evaluated;
      if (pending || checkpointIsDue(run)) checkpoint = saveCheckpoint(run, pending, checkpoint);
      if (pending || signal?.aborted || endsEarly(run)) break;
      await new Promise(setImmediate); // lets signals and the decoder's results in
      start = performance.now();
    }
    if (signal?.aborted && !pending && !isCurrent() && state.step > 0)
      checkpoint = saveCheckpoint(run, false, checkpoint);
  };
  const ended = endsEarly(run);
  if (ended !== undefined) {
    options.log?.(
      `This run stopped early, at step ${state.step} of ${config.iterations}. ${ended} To train on, resume it with "earlyStopping" null, or with more "patience".`,
    );
  }
  if (!pending && state.step < config.iterations && ended === undefined && !signal?.aborted) {
    try {
      await oneAfterAnother();
    } catch (error) {
      const save = (out: string) => saveCheckpoint(run, !settled, checkpoint, out);
      throw afterFailure({ ...run, checkpoint, isCurrent: isCurrent(), save }, error as Error);
    } finally {
      await loader.ended();
    }
  }
  const stoppedEarly = pending ? undefined : endsEarly(run);
  const stopped = (state.step < config.iterations && stoppedEarly === undefined) || pending;
  const early = stoppedEarly === undefined ? {} : { stoppedEarly };
  if (!stopped) run.emit({ kind: 'done', step: state.step, seconds: state.seconds, ...early });
  return {
    step: state.step,
    stopped,
    ...early,
    checkpoint: checkpoint ?? '',
    best: bestCheckpoints(run),
    evaluations: lastEvaluations(run),
    seconds: state.seconds - before,
  };
}

function bestCheckpoints({ options, validation }: Run): TrainResult['best'] {
  const best = validation.best();
  if (best === undefined) return undefined;
  const { metric, models } = best;
  const folders = Object.entries(models).map(([model, { step, value }]) => [
    model,
    { step, value, checkpoint: checkpointFolder(checkpointsFolder(options.out), step) },
  ]);
  return { metric, models: Object.fromEntries(folders) as NonNullable<TrainResult['best']>['models'] };
}

function lastEvaluations({ options, config }: Run): TrainResult['evaluations'] {
  const rows = readMetrics(metricsFile(options.out)).filter((row): row is EvalRow => row.kind === 'eval');
  const last = config.evaluation.models.map((name) => [name, rows.filter(({ model }) => model === name).at(-1)]);
  return Object.fromEntries(last.filter(([, row]) => row !== undefined)) as TrainResult['evaluations'];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
