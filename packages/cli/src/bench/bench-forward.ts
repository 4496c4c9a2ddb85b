import { disposeTensors, imageBatch, type Detector, type ImageBatch } from '@sed/detectors';
import { phase } from '@sed/tensor-ops';
import * as tf from '@tensorflow/tfjs-core';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { median } from '../report/runs.ts';
import { benchGrid, countsOf, type Measure } from './grid.ts';
import { benchInputs } from './inputs.ts';
import { startBackend, timeRuns, type LoopChoices } from './loop.ts';
import { createBenchModel, peakRssMib, requireMultiple, tenths, type ModelChoices } from './models.ts';
import { profileFields, profileReport, writeProfile } from './profile/profile.ts';

export interface ForwardChoices extends ModelChoices, LoopChoices {
  readonly size: readonly number[];
  readonly batch: readonly number[];
}

/** `sed-cli bench forward`. @param measure what measures one of several points; default a process */
export async function benchForward(options: ForwardChoices, context: Context, measure?: Measure): Promise<void> {
  for (const size of options.size) requireMultiple(size, 32, 'the coarsest stride of the backbone');
  const { model, backbone, classes, steps, count } = options;
  if (options.size.length * options.batch.length === 1) {
    return benchOne(options, options.size[0]!, options.batch[0]!, context);
  }
  if (options.profile !== undefined)
    throw new UsageError('--profile looks at one size and one batch; give one of each.');
  const same = ['--model', model, '--backbone', backbone, '--classes', `${classes}`, '--steps', `${steps}`];
  const points = options.size.flatMap((size) =>
    options.batch.map((batch) => [
      ...['bench', 'forward', ...same, '--size', `${size}`, '--batch', `${batch}`, ...(count ? ['--count'] : [])],
    ]),
  );
  const title = `${model} ${backbone}, a forward pass (median of ${steps})`;
  await benchGrid(points, { ...options, title, read }, context, measure);
}

const read = (result: Record<string, unknown>) => {
  const of = (key: string): number => result[key] as number;
  return {
    size: of('size'),
    images: of('batch'),
    ms: of('ms_per_forward'),
    peak_rss_mib: of('peak_rss_mib'),
    ...countsOf(result),
  };
};

async function benchOne(options: ForwardChoices, size: number, batch: number, context: Context): Promise<void> {
  const { model, backbone, classes, steps, profile: folder } = options;
  const { talk, fields } = await startBackend(context, folder !== undefined);
  const { detector, parameters } = createBenchModel(options);
  const { labeled } = benchInputs({ size, labeled: batch, unlabeled: 1, classes });
  const images = imageBatch(labeled, { multiple: detector.sizeMultiple });
  const timed = await timeRuns('forward pass', createForward(detector, images), options, talk);
  const { times, profile, recording } = timed;
  const ms = median(times)!;
  const about = {
    ...fields,
    model,
    backbone,
    size,
    batch,
    classes,
    steps,
    parameters,
    ms_per_forward: tenths(ms),
    ms_min: tenths(Math.min(...times)),
    images_per_second: tenths((1000 * batch) / ms),
    peak_rss_mib: peakRssMib(),
    tensors: tf.memory().numTensors,
  };
  if (folder !== undefined) await writeProfile(context.path(folder), profile!, recording!, about);
  if (options.json) {
    context.json({
      ...about,
      ...profileFields(profile, folder),
    });
    return;
  }
  context.print(
    `${model} ${backbone}, ${batch} image${batch === 1 ? '' : 's'} of ${size}x${size} pixels, backend ${fields.backend}: dense predictions\n` +
      `${about.ms_per_forward} ms a forward pass (median of ${steps}, least ${about.ms_min}), ${about.images_per_second} images a second, ` +
      `at most ${about.peak_rss_mib} MiB of memory`,
  );
  if (profile) context.print(profileReport(profile, folder));
}

/** What a forward pass leaves of both detectors. */
interface Dense {
  readonly levels: readonly { readonly logits: tf.Tensor; readonly deltas: tf.Tensor }[];
}

/**
 * Backbone, pyramid and dense head on images that are tensors already; the weights are plain tensors, so nothing is
 * recorded.
 */
function createForward(detector: Detector, images: ImageBatch): () => void {
  const weights = detector.initialize(0);
  return () => {
    const forward = phase('forward', () => detector.forward(weights, images)) as Dense;
    // The last that is made, and small: reading it waits for the device.
    phase('predictions read', () => forward.levels.at(-1)!.deltas.dataSync());
    disposeTensors(forward);
  };
}
