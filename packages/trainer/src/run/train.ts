/** The training loop. */
import type { RunConfig } from '../config/schema.ts';
import { checkpointFolder, newestCheckpoint, restoreReplaced } from '../checkpoint/files.ts';
import { createKeeper, type CheckpointKeeper } from '../checkpoint/keeper.ts';
import { fingerprint } from '../data/fingerprint.ts';
import { createLoader, untilAborted, type StepViews } from '../data/loader.ts';
import { openData, type RunData } from '../data/open.ts';
import { attempt, syncFile } from '../disk/durable.ts';
import { watch } from '../guards/watch.ts';
import type { Model } from '../methods/model.ts';
import type { EvalRow, MetricsRow, ModelName, TrainRow } from '../metrics/rows.ts';
import { appendMetrics, readMetrics, truncateMetrics } from '../metrics/writer.ts';
import { prepareRun } from './check-run.ts';
import { BY_ONE_IMAGE, durationText, expectedByStep, longRun, MEASURED_STEPS } from './cost.ts';
import { evaluateModel, pseudoLabelQuality } from './evaluate.ts';
import { readDataRecord, writeDataRecord } from './data-record.ts';
import { afterFailure } from './failure.ts';
import { checkpointsFolder, metricsFile, writeConfig } from './folder.ts';
import { lockFolder, requireHeld, type FolderLock } from './folder-lock.ts';
import type { PredictOptions } from './predict.ts';
import { compareData, openAgain, settingsToGoOnWith } from './resume.ts';
import { checkStored, disposeState, startTeacher, stateFiles, type StoredState, type TrainingState } from './state.ts';
import { takeStep, type StepNumbers } from './step.ts';
import { memoryNow, startRow } from './telemetry.ts';
import type { TrainEvent, TrainOptions, TrainResult } from './types.ts';
import { createValidation, type Validation } from './validation.ts';

/** Steps whose duration the progress is estimated from. */
const RECENT = 50;
/** Files that cannot be read and are told of. */
const TOLD = 20;

/**
 * Trains as the config says and writes the run folder: `config.json`, `metrics.jsonl`, `checkpoints/`.
 *
 * Everything that could fail later is checked first: data, classes, weights, sizes, the folder. The caller has prepared the tfjs
 * backend and imported the gradients (`@tensorflow/tfjs`). All randomness is a function of the seed and the step, so a run that is
 * stopped and resumed gives the weights of one that was not.
 *
 * @throws Error that names the file or setting, or the process that has the folder; for a loss or a weight that is not finite, its name,
 *   the step and the images; {@link StoppedError} where a run that went on had to stop
 */
export async function train(config: RunConfig, options: TrainOptions): Promise<TrainResult> {
  const lock = lockFolder(options.out, options.resume === true);
  try {
    return await trainLocked(config, options, lock);
  } finally {
    lock.release();
  }
}

async function trainLocked(config: RunConfig, options: TrainOptions, lock: FolderLock): Promise<TrainResult> {
  const { out, resume = false, log = () => {} } = options;
  if (resume) restoreReplaced(checkpointsFolder(out));
  const stored = resume ? newestCheckpoint(checkpointsFolder(out), log, checkStored) : undefined;
  const record = stored && readDataRecord(out);
  const { acceptChangedData = false } = options;
  const mayMove = stored === undefined || record !== undefined || acceptChangedData;
  const goingOn = resume ? settingsToGoOnWith(out, config, stored?.step, mayMove) : [];
  const { opened, notes: renumbered } = resume
    ? await openAgain(config, stored, out)
    : { opened: await openData(config), notes: [] };
  goingOn.push(...renumbered);
  const print = await fingerprint(opened);
  if (stored) goingOn.push(...compareData(out, record, print, acceptChangedData));
  const onProgress = (done: number, images: number) => options.onEvent?.({ kind: 'checking', done, images });
  const prepared = await prepareRun(config, { opened, stored, signal: options.signal, onProgress, log });
  const { data, detector, batching, state, warnings } = prepared;
  const expected = prepared.expectedSeconds;
  try {
    requireHeld(out, lock);
    const begin = (folder: string) => {
      writeConfig(folder, config);
      writeDataRecord(folder, print);
    };
    begin(out);
    truncateMetrics(metricsFile(out), stored?.step ?? -1, stored?.state.evaluationPending ?? false, log);
    stored?.state.rows?.forEach((row) => appendMetrics(metricsFile(out), row));
    const model: Model = { detector, student: state.student, trainable: state.trainable, batching };
    const validation = createValidation(config, print.validation, stored?.state ?? {}, log);
    const run = createRun(config, options, data, model, state, validation, stored?.folder, lock, begin);
    const notes = [...goingOn, ...(options.notes ?? []), ...data.notes];
    run.emit(startRow(config, data, state.step, stored !== undefined, notes, options.versions));
    notes.forEach((note) => log(note));
    if (expected !== undefined) log(`Training will take about ${durationText(expected)}, roughly (${BY_ONE_IMAGE}).`);
    warnings.forEach((w) => run.warn(state.step, w));
    return await loop(run, stored?.state.evaluationPending ?? false);
  } finally {
    disposeState(state);
  }
}

interface Run {
  readonly config: RunConfig;
  readonly options: TrainOptions;
  readonly data: RunData;
  readonly model: Model;
  readonly state: TrainingState;
  readonly validation: Validation;
  /** What the run went on from. */
  readonly checkpoint: string | undefined;
  readonly lock: FolderLock;
  /** Writes what a run folder has from the start. */
  begin(folder: string): void;
  readonly keeper: CheckpointKeeper;
  /** Steps whose checkpoint is written and kept whatever `checkpoints` says. */
  readonly always: ReadonlySet<number>;
  /** Unlabeled files that could not be read, of this process. */
  readonly unreadable: Set<string>;
  /** Rows that could not be written; a checkpoint keeps them. */
  readonly unwritten: MetricsRow[];
  emit(...rows: MetricsRow[]): void;
  send(event: TrainEvent): void;
  warn(step: number, warning: { code: string; message: string }): void;
}

function createRun(
  config: RunConfig,
  options: TrainOptions,
  data: RunData,
  model: Model,
  state: TrainingState,
  validation: Validation,
  checkpoint: string | undefined,
  lock: FolderLock,
  begin: (folder: string) => void,
): Run {
  const milestones = config.schedule.kind === 'step' ? config.schedule.milestones : [];
  const send = (event: TrainEvent) => options.onEvent?.(event);
  const unwritten: MetricsRow[] = [];
  const emit = (...rows: MetricsRow[]) => {
    unwritten.push(...rows);
    requireHeld(options.out, lock);
    while (unwritten.length > 0) {
      const row = unwritten[0]!;
      appendMetrics(metricsFile(options.out), row);
      unwritten.shift();
      send(row);
    }
  };
  return {
    config,
    options,
    data,
    model,
    state,
    validation,
    checkpoint,
    lock,
    begin,
    keeper: createKeeper(checkpointsFolder(options.out), config.checkpoints.keep),
    always: new Set([config.method.burnIn, ...milestones, config.iterations]),
    unreadable: new Set(),
    unwritten,
    emit,
    send,
    warn: (step, { code, message }) => emit({ kind: 'warning', step, code, message }),
  };
}

async function loop(run: Run, evaluationPending: boolean): Promise<TrainResult> {
  const { config, options, data, state } = run;
  const { signal } = options;
  const { every } = config.telemetry;
  const before = state.seconds;
  let checkpoint = run.checkpoint;
  let durations: number[] = [];
  let taken = 0;
  let pending = evaluationPending && !(await evaluateIfDue(run));
  // what was found now belongs into the checkpoint that waited for it
  if (evaluationPending && !pending) checkpoint = saveCheckpoint(run, false, checkpoint);
  const loader = createLoader(config, data);

  // whether all that a step does has been done for the last one, and whether the last checkpoint is of it
  let settled = true;
  const isCurrent = () =>
    settled && checkpoint === checkpointFolder(checkpointsFolder(options.out), state.step) && !pending;
  const oneAfterAnother = async (): Promise<void> => {
    let start = performance.now();
    for await (const views of untilAborted(loader.steps(state.step, signal), signal)) {
      const row =
        (state.step + 1) % every === 0 || state.step + 1 === config.iterations || state.step === config.method.burnIn;
      const numbers = takeStep(config, run.model, state, views, { histogram: row, lastCheckpoint: checkpoint });
      settled = false;
      if (state.step === config.method.burnIn) startTeacher(state);
      const seconds = (performance.now() - start) / 1000;
      state.seconds += seconds;
      durations = [...durations.slice(1 - RECENT), seconds];
      report(run, numbers, row, durations);
      if (++taken === MEASURED_STEPS) warnOfLength(run, median(durations));
      reportUnreadable(run, views);
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

/** What the first steps took tells better than one image did how long the run will be. */
function warnOfLength(run: Run, secondsPerStep: number): void {
  const { config, state } = run;
  const seconds = expectedByStep(config, state.step, secondsPerStep);
  const how = `the first ${MEASURED_STEPS} steps took ${secondsPerStep.toPrecision(2)} s each`;
  longRun(config, seconds, how).forEach((warning) => run.warn(state.step, warning));
}

/** Why the run is done before its last iteration; undefined where it is not. */
function endsEarly({ config, state, validation }: Run): string | undefined {
  return state.step < config.iterations ? validation.reasonToStop() : undefined;
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

/** Tells of files that were passed over, each once in a process, up to {@link TOLD}. */
function reportUnreadable(run: Run, views: StepViews): void {
  for (const { path, reason } of [...views.labeled.unreadable, ...(views.unlabeled?.unreadable ?? [])]) {
    if (run.unreadable.has(path)) continue;
    run.unreadable.add(path);
    const last = run.unreadable.size === TOLD ? ' Further files will be passed over without a word.' : '';
    if (run.unreadable.size > TOLD) continue;
    run.warn(run.state.step, {
      code: 'unreadable-image',
      message: `Step ${run.state.step}: ${reason} The step took another image instead.${last}`,
    });
  }
}

function report(run: Run, numbers: StepNumbers, withRow: boolean, durations: readonly number[]): void {
  const { config, state } = run;
  const losses = Object.fromEntries(numbers.losses);
  const { total, lr, alpha } = numbers;
  const secondsPerStep = median(durations);
  const phase =
    state.step <= config.method.burnIn && config.method.kind !== 'supervised' ? 'burn-in' : config.method.kind;
  const rows: MetricsRow[] = [];
  if (withRow) {
    const row: TrainRow = {
      kind: 'train',
      step: state.step,
      losses,
      total,
      lr,
      alpha,
      gradientNorm: numbers.gradientNorm,
      seconds: secondsPerStep,
      memory: memoryNow(),
    };
    if (numbers.histogram) row.histogram = numbers.histogram;
    if (numbers.teacherMaxScore !== undefined) row.teacherMaxScore = numbers.teacherMaxScore;
    if (numbers.leftOut) row.leftOut = numbers.leftOut;
    rows.push(row);
  }
  // of two stages the first: the second is also given the labeled boxes themselves
  const boxes = numbers.losses.get('supervised.rpnBoxRegression') ?? numbers.losses.get('supervised.boxRegression');
  const seen = {
    step: state.step,
    supervised: numbers.supervised,
    unsupervised: numbers.unsupervised,
    // a regression loss of exactly zero is one without a positive
    positives: boxes === undefined || boxes > 0 ? undefined : 0,
    teacherMaxScore: numbers.teacherMaxScore,
  };
  const { state: next, warnings } = watch(state.watch, seen);
  state.watch = next;
  const warned = warnings.map((warning) => ({ kind: 'warning' as const, step: state.step, ...warning }));
  run.emit(...rows, ...warned);
  run.send({
    kind: 'progress',
    step: state.step,
    iterations: config.iterations,
    secondsPerStep,
    secondsLeft: expectedByStep(config, state.step, secondsPerStep),
    losses,
    total,
    lr,
    alpha,
    phase,
  });
}

/** @returns false where the signal stopped it: the evaluation of this step is still to be done */
async function evaluateIfDue(run: Run): Promise<boolean> {
  const { config, data, model, state, options } = run;
  const { step } = state;
  const due = (every: number) => step === config.iterations || (every > 0 && step % every === 0);
  const common = {
    input: config.input,
    batch: config.evaluation.batch,
    ...(options.signal ? { signal: options.signal } : {}),
  };
  const rows: MetricsRow[] = [];
  try {
    if (due(config.evaluation.every) || config.evaluation.at.includes(step)) {
      for (const name of config.evaluation.models) {
        const parameters = name === 'student' ? state.student : state.teacher;
        // until it moves away from the student, the teacher would only repeat the student's numbers
        if (!parameters || (name === 'teacher' && step <= config.method.burnIn)) continue;
        const onProgress: PredictOptions['onProgress'] = (done, images) =>
          run.send({ kind: 'evaluating', model: name, done, images });
        rows.push(
          await evaluateModel(
            model.detector,
            parameters,
            data.validation,
            { step, model: name },
            { ...common, onProgress },
          ),
        );
      }
    }
    const { every, images } = config.telemetry.pseudoLabels;
    if (every > 0 && due(every) && state.teacher && data.hidden) {
      const at = { step, seed: config.seed, images };
      rows.push(await pseudoLabelQuality(model.detector, state.teacher, data.hidden, at, common));
    }
  } catch (error) {
    if (options.signal?.aborted) return false;
    throw error;
  }
  rows.forEach((row) => run.emit(row));
  run.validation.add(rows.filter((row) => row.kind === 'eval'));
  return true;
}

function checkpointIsDue(run: Run): boolean {
  const { config, state, always, validation } = run;
  const { every } = config.checkpoints;
  return (
    always.has(state.step) ||
    (every > 0 && state.step % every === 0) ||
    validation.bestSteps().includes(state.step) ||
    endsEarly(run) !== undefined
  );
}

/**
 * @param last the folder of the checkpoint before, for messages
 * @param place another run folder than the run's own, which has been lost
 */
function saveCheckpoint(run: Run, evaluationPending: boolean, last: string | undefined, place?: string): string {
  const { config, data, model, state, options, always, validation } = run;
  if (place === undefined) requireHeld(options.out, run.lock);
  const out = place ?? options.out;
  const stored: StoredState = {
    seed: config.seed,
    detector: model.detector.name,
    categories: data.labeled.categories,
    watch: state.watch,
    seconds: state.seconds,
    evaluationPending,
    ...validation.stored(),
    ...(run.unwritten.length > 0 ? { rows: run.unwritten } : {}),
  };
  const files = stateFiles(model.detector, state, last);
  // a checkpoint should not be on the disk before the rows that led to it; where they cannot be, it is worth more than they are
  attempt(() => syncFile(metricsFile(out)));
  const keeper = place === undefined ? run.keeper : createKeeper(checkpointsFolder(out), config.checkpoints.keep);
  const kept = new Set([...always, ...validation.bestSteps()]);
  return keeper.save(state.step, files, stored, kept, (reason) => options.log?.(reason));
}

function lastEvaluations({ options }: Run): TrainResult['evaluations'] {
  const rows = readMetrics(metricsFile(options.out)).filter((row): row is EvalRow => row.kind === 'eval');
  const last = (model: ModelName) => rows.filter((row) => row.model === model).at(-1);
  const [student, teacher] = [last('student'), last('teacher')];
  return { ...(student ? { student } : {}), ...(teacher ? { teacher } : {}) };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
