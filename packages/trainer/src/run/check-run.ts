/** Everything that is looked at before the first step, by a run and by whoever asks whether one would start. */
import type { ImageCheck } from '@sed/datasets-coco/image';
import type { Detector, ImageBatchOptions } from '@sed/detectors';
import type { StoredCheckpoint } from '../checkpoint/files.ts';
import type { MethodPlan, Warning } from '@sed/methods';
import { methodPlan, type Methods } from '../config/method-plan.ts';
import type { RunConfig } from '../config/schema.ts';
import { checkImages } from '../data/check-images.ts';
import { openData, type RunData } from '../data/open.ts';
import { warningsBefore } from '../guards/before.ts';
import { BY_ONE_IMAGE, expectedSeconds, longRun, measureImage, tooLarge, type ImageCost } from './cost.ts';
import { checkCanvas, createDetector } from './detector.ts';
import { batchingOf } from './predict.ts';
import { initialState } from './start.ts';
import { disposeState, type StoredState, type TrainingState } from './state.ts';

export interface CheckRunOptions {
  /** Methods that the config may name. Default: the standard ones. */
  readonly methods?: Methods;
  /** The data, where it is open already. */
  readonly opened?: RunData;
  /** The checkpoint that the run goes on from. */
  readonly stored?: StoredCheckpoint<StoredState> | undefined;
  /** How images are read; by default labeled and validation images to their end, up to 20,000 of them. */
  readonly read?: ImageCheck;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (done: number, images: number) => void;
  readonly log?: (message: string) => void;
}

/** A run that can start. */
export interface CheckedRun {
  readonly data: RunData;
  readonly detector: Detector;
  /** How views become batches. */
  readonly batching: ImageBatchOptions;
  /** What stops no run, and makes it useless or long. Empty for one that goes on. */
  readonly warnings: readonly Warning[];
  /** What the steps that are left will take, where it was measured: roughly, evaluation not counted. */
  readonly expectedSeconds: number | undefined;
}

/** Steps below which nobody needs to be told how long they take. */
const SHORT = 100;

/** A run that can start, and what it begins with. */
export interface PreparedRun extends CheckedRun {
  readonly state: TrainingState;
  readonly plan: MethodPlan;
}

/**
 * Checks all that a run needs: the data and its classes, the detector's settings, the canvas, the weights, every image
 * file. `train` begins with the same, so that what passes here starts there. The caller has prepared the tfjs backend.
 *
 * @throws Error that names the file or the setting
 */
export async function checkRun(config: RunConfig, options: CheckRunOptions = {}): Promise<CheckedRun> {
  const { state, plan: _, ...checked } = await prepareRun(config, options);
  disposeState(state);
  return checked;
}

/** {@link checkRun}, for a run that starts then: the caller disposes of its state. */
export async function prepareRun(config: RunConfig, options: CheckRunOptions = {}): Promise<PreparedRun> {
  const { stored, signal, log = () => {} } = options;
  const plan = methodPlan(config, options.methods);
  const opened = options.opened ?? (await openData(config, undefined, options.methods));
  const detector = createDetector(config, opened.classes.length);
  const batching = batchingOf(config.input, detector, plan.halvings);
  const sized = ({ labeled, unlabeled }: RunData) =>
    checkCanvas(config, batching.multiple, [labeled, ...(unlabeled ? [unlabeled] : [])]);
  // before the images are read, which may take minutes; validation images may have any size
  sized(opened);
  const state = initialState(detector, config, plan, opened.classes, stored, log);
  try {
    const { onProgress, read } = options;
    const data = await checkImages(opened, {
      onFault: config.data.onFault,
      signal,
      ...(onProgress ? { onProgress } : {}),
      ...(read ? { read } : {}),
    });
    sized(data);
    const started = { data, detector, batching, state, plan };
    if (stored || signal?.aborted) return { ...started, warnings: [], expectedSeconds: undefined };
    const warnings = warningsBefore(config, detector, data);
    const cost = config.iterations - state.step < SHORT ? undefined : await costOf(config, started);
    if (!cost) return { ...started, warnings, expectedSeconds: undefined };
    const seconds = expectedSeconds(plan, state.step, cost);
    const costs = [...longRun(seconds, BY_ONE_IMAGE), ...tooLarge(plan, cost)];
    return { ...started, warnings: [...warnings, ...costs], expectedSeconds: seconds };
  } catch (error) {
    disposeState(state);
    throw error;
  }
}

async function costOf(
  config: RunConfig,
  { data, detector, state, batching }: Pick<PreparedRun, 'data' | 'detector' | 'state' | 'batching'>,
): Promise<ImageCost | undefined> {
  const image = data.labeled.images.find(({ width, height }) => width !== undefined && height !== undefined);
  if (image?.width === undefined || image.height === undefined) return undefined;
  const [network] = state.networks.values();
  return measureImage(detector, network!.parameters, batching, config, { width: image.width, height: image.height });
}
