/** A training run, from a config to a run folder. */
import type { RunConfig } from '../config/schema.ts';
import { newestCheckpoint, restoreReplaced } from '../checkpoint/files.ts';
import { fingerprint } from '../data/fingerprint.ts';
import { openData } from '../data/open.ts';
import { appendMetrics, truncateMetrics } from '../metrics/writer.ts';
import { prepareRun } from './check-run.ts';
import { BY_ONE_IMAGE, durationText } from './cost.ts';
import { readDataRecord, writeDataRecord } from './data-record.ts';
import { checkpointsFolder, metricsFile, writeConfig } from './folder.ts';
import { lockFolder, requireHeld, type FolderLock } from './folder-lock.ts';
import { loop } from './loop.ts';
import { compareData, openAgain, settingsToGoOnWith } from './resume.ts';
import { createRun } from './run.ts';
import { checkStored, disposeState, type StoredState } from './state.ts';
import { startRow } from './telemetry.ts';
import type { TrainOptions, TrainResult } from './types.ts';
import { createValidation } from './validation.ts';

/**
 * Trains as the config says and writes the run folder: `config.json`, `metrics.jsonl`, `checkpoints/`.
 *
 * Everything that could fail later is checked first: data, classes, weights, sizes, the folder. The caller has prepared
 * the tfjs backend and imported the gradients (`@tensorflow/tfjs`). All randomness is a function of the seed and the
 * step, so a run that is stopped and resumed gives the weights of one that was not.
 *
 * @throws Error that names the file or setting, or the process that has the folder; for a loss or a weight that is not
 *   finite, its name, the step and the images; {@link StoppedError} where a run that went on had to stop
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
  const { out, resume = false, log = () => {}, methods } = options;
  if (resume) restoreReplaced(checkpointsFolder(out));
  const stored = resume ? newestCheckpoint<StoredState>(checkpointsFolder(out), log, checkStored) : undefined;
  const record = stored && readDataRecord(out);
  const { acceptChangedData = false } = options;
  const mayMove = stored === undefined || record !== undefined || acceptChangedData;
  const goingOn = resume ? settingsToGoOnWith(out, config, stored?.step, mayMove, methods) : [];
  const { opened, notes: renumbered } = resume
    ? await openAgain(config, stored, out, methods)
    : { opened: await openData(config, undefined, methods), notes: [] };
  goingOn.push(...renumbered);
  const print = await fingerprint(opened);
  if (stored) goingOn.push(...compareData(out, record, print, acceptChangedData));
  const onProgress = (done: number, images: number) => options.onEvent?.({ kind: 'checking', done, images });
  const prepared = await prepareRun(config, {
    opened,
    stored,
    signal: options.signal,
    onProgress,
    log,
    ...(methods ? { methods } : {}),
  });
  const { data, detector, batching, state, plan, warnings } = prepared;
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
    const validation = createValidation(config, plan, print.validation, stored?.state ?? {}, log);
    const checkpoint = stored?.folder;
    const parts = { config, options, data, detector, batching, plan, state, validation, checkpoint, lock, begin };
    const run = createRun(parts);
    const notes = [...goingOn, ...(options.notes ?? []), ...data.notes];
    run.emit(startRow(run, stored !== undefined, notes));
    notes.forEach((note) => log(note));
    if (expected !== undefined) log(`Training will take about ${durationText(expected)}, roughly (${BY_ONE_IMAGE}).`);
    warnings.forEach((w) => run.warn(state.step, w));
    return await loop(run, stored?.state.evaluationPending ?? false);
  } finally {
    disposeState(state);
  }
}
