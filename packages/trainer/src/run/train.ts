/** The training loop. */
import { join } from 'node:path';
import type { RunConfig } from '../config/schema.ts';
import { newestCheckpoint, pruneCheckpoints, writeCheckpoint } from '../checkpoint/files.ts';
import { checkImages } from '../data/check-images.ts';
import { fingerprint } from '../data/fingerprint.ts';
import { createLoader, type StepViews } from '../data/loader.ts';
import { openData, type RunData } from '../data/open.ts';
import { NotFiniteError } from '../guards/finite.ts';
import { watch, watchStart } from '../guards/watch.ts';
import type { Model } from '../methods/model.ts';
import type { EvalRow, MetricsRow, ModelName, TrainRow } from '../metrics/rows.ts';
import { appendMetrics, readMetrics, truncateMetrics } from '../metrics/writer.ts';
import { checkCanvas, createDetector } from './detector.ts';
import { evaluateModel, pseudoLabelQuality } from './evaluate.ts';
import { readDataRecord, writeDataRecord } from './data-record.ts';
import { checkFolder, checkpointsFolder, makeFolder, metricsFile, writeConfig } from './folder.ts';
import { batchingOf, type PredictOptions } from './predict.ts';
import { classesOf, compareData, openAgain, settingsToGoOnWith } from './resume.ts';
import { initialState } from './start.ts';
import { disposeState, startTeacher, stateFiles, type StoredState, type TrainingState } from './state.ts';
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
 * @throws Error that names the file or setting; or, for a loss that is not finite, the loss, the step and the images
 */
export async function train(config: RunConfig, options: TrainOptions): Promise<TrainResult> {
  const { out, resume = false, log = () => {} } = options;
  checkFolder(out, resume);
  const stored = resume ? newestCheckpoint<StoredState>(checkpointsFolder(out), log) : undefined;
  const record = stored && readDataRecord(out);
  const { acceptChangedData = false } = options;
  const mayMove = stored === undefined || record !== undefined || acceptChangedData;
  const goingOn = resume ? settingsToGoOnWith(out, config, stored?.step, mayMove) : [];
  const opened = resume ? await openAgain(config, stored && classesOf(stored, out)) : await openData(config);
  const detector = createDetector(config, opened.classes.length);
  const maxShift = config.method.kind === 'sed' ? config.method.maxShift : 0;
  const batching = batchingOf(config.input, detector, maxShift);
  const sized = (data: RunData) =>
    checkCanvas(config, batching.multiple, [
      data.labeled,
      data.validation,
      ...(data.unlabeled ? [data.unlabeled] : []),
    ]);
  sized(opened);
  const print = await fingerprint(opened);
  if (stored) goingOn.push(...compareData(out, record, print, acceptChangedData));
  const state = await initialState(detector, config, opened.classes, stored, log);
  try {
    const onProgress = (done: number, images: number) => options.onEvent?.({ kind: 'checking', done, images });
    const data = await checkImages(opened, { onFault: config.data.onFault, signal: options.signal, onProgress });
    sized(data);
    makeFolder(out);
    writeConfig(out, config);
    writeDataRecord(out, print);
    truncateMetrics(metricsFile(out), stored?.step ?? -1, stored?.state.evaluationPending ?? false);
    const model: Model = { detector, student: state.student, trainable: state.trainable, batching };
    const validation = createValidation(config, print.validation, stored?.state ?? {}, log);
    const run = createRun(config, options, data, model, state, validation, stored?.folder);
    const notes = [...goingOn, ...(options.notes ?? []), ...data.notes];
    run.emit(startRow(config, data, state.step, stored !== undefined, notes, options.versions));
    notes.forEach((note) => log(note));
    if (!stored) watchStart(config).forEach((w) => run.warn(state.step, w));
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
  /** Steps whose checkpoint is written and kept whatever `checkpoints` says. */
  readonly always: ReadonlySet<number>;
  /** Unlabeled files that could not be read, of this process. */
  readonly unreadable: Set<string>;
  emit(row: MetricsRow): void;
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
): Run {
  const milestones = config.schedule.kind === 'step' ? config.schedule.milestones : [];
  const send = (event: TrainEvent) => options.onEvent?.(event);
  const emit = (row: MetricsRow) => {
    appendMetrics(metricsFile(options.out), row);
    send(row);
  };
  return {
    config,
    options,
    data,
    model,
    state,
    validation,
    checkpoint,
    always: new Set([config.method.burnIn, ...milestones, config.iterations]),
    unreadable: new Set(),
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
  let pending = evaluationPending && !(await evaluateIfDue(run));
  // what was found now belongs into the checkpoint that waited for it
  if (evaluationPending && !pending) checkpoint = saveCheckpoint(run, false);
  const loader = createLoader(config, data);

  // whether all that a step does has been done for the last one
  let settled = true;
  const oneAfterAnother = async (): Promise<void> => {
    let start = performance.now();
    for await (const views of loader.steps(state.step)) {
      const row =
        (state.step + 1) % every === 0 || state.step + 1 === config.iterations || state.step === config.method.burnIn;
      const numbers = takeStep(config, run.model, state, views, { histogram: row, lastCheckpoint: checkpoint });
      settled = false;
      if (state.step === config.method.burnIn) startTeacher(state);
      const seconds = (performance.now() - start) / 1000;
      state.seconds += seconds;
      durations = [...durations.slice(1 - RECENT), seconds];
      report(run, numbers, row, durations);
      reportUnreadable(run, views);
      const evaluated = await evaluateIfDue(run);
      if (!evaluated) pending = true;
      settled = evaluated;
      if (signal?.aborted || pending || checkpointIsDue(run)) checkpoint = saveCheckpoint(run, pending);
      if (signal?.aborted || endsEarly(run)) break;
      await new Promise(setImmediate); // lets signals and the decoder's results in
      start = performance.now();
    }
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
      throw afterFailure(run, error as Error, checkpoint, !settled);
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
    { step, value, checkpoint: join(checkpointsFolder(options.out), `step-${step}`) },
  ]);
  return { metric, models: Object.fromEntries(folders) as NonNullable<TrainResult['best']>['models'] };
}

/**
 * Keeps what a run has done when it cannot go on: a checkpoint of the last whole step, and an Error that says so.
 * A loss that is not finite is left alone: the weights that led to it are nothing to keep.
 */
function afterFailure(run: Run, cause: Error, checkpoint: string | undefined, evaluationPending: boolean): Error {
  const { step } = run.state;
  if (cause instanceof NotFiniteError || step === 0) return cause;
  let kept: string;
  try {
    const last = join(checkpointsFolder(run.options.out), `step-${step}`);
    kept = `The run is kept at step ${step}: ${checkpoint === last && !evaluationPending ? last : saveCheckpoint(run, evaluationPending)}.`;
  } catch (error) {
    const last = checkpoint === undefined ? 'There is none yet.' : `The last one is ${checkpoint}.`;
    kept = `A checkpoint of step ${step} could not be written (${(error as Error).message}). ${last}`;
  }
  return new Error(`${cause.message}\n${kept} When the cause is mended, go on with --resume.`, { cause });
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
    run.emit(row);
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
  warnings.forEach((w) => run.warn(state.step, w));
  run.send({
    kind: 'progress',
    step: state.step,
    iterations: config.iterations,
    secondsPerStep,
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

function saveCheckpoint(run: Run, evaluationPending: boolean): string {
  const { config, data, model, state, options, always, validation } = run;
  const root = checkpointsFolder(options.out);
  const stored: StoredState = {
    seed: config.seed,
    detector: model.detector.name,
    categories: data.labeled.categories,
    watch: state.watch,
    seconds: state.seconds,
    evaluationPending,
    ...validation.stored(),
  };
  const folder = writeCheckpoint(root, state.step, stateFiles(model.detector, state), stored);
  pruneCheckpoints(root, config.checkpoints.keep, new Set([...always, ...validation.bestSteps()]));
  return folder;
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
