/**
 * What a run will cost, measured on this machine before its first step: one image through the network, its time and its
 * memory.
 */
import { availableParallelism, totalmem } from 'node:os';
import { imageBatch, supervisedLosses, type Detector, type ImageBatchOptions, type Parameters } from '@sed/detectors';
import { scoped, usesUnlabeled, type MethodPlan, type Warning } from '@sed/methods';
import * as tf from '@tensorflow/tfjs-core';
import type { RunConfig } from '../config/schema.ts';
import { testSizeOf } from '../data/anchors.ts';

/** One image forward, at the size of tests. */
export interface ImageCost {
  readonly seconds: number;
  /** Of all values that the pass makes, which a gradient's tape keeps. */
  readonly bytes: number;
}

/** A forward and a backward pass over a forward pass. */
const WITH_GRADIENT = 3;
/** Seconds beyond which a run is warned of. */
const LONG = 24 * 3600;
/** Passes that are timed, at most; no further one after so many milliseconds. */
const [PASSES, PATIENCE] = [5, 1000];
/** Steps whose time says what the others will take. */
export const MEASURED_STEPS = 3;

/**
 * Times a forward pass of a blank image. The first pass, which is slower than all that follow, gives the memory.
 * @param image size of an image of the data, in pixels
 */
export async function measureImage(
  detector: Detector,
  parameters: Parameters,
  batching: ImageBatchOptions,
  config: RunConfig,
  image: { readonly width: number; readonly height: number },
): Promise<ImageCost> {
  const { short, long } = testSizeOf(config.input.resize);
  const factor = Math.min(short / Math.min(image.width, image.height), long / Math.max(image.width, image.height));
  const [width, height] = [Math.round(image.width * factor), Math.round(image.height * factor)];
  const pixels = new Uint8Array(width * height * 3);
  const pass = (): void =>
    scoped(() => {
      const batch = imageBatch([{ width, height, pixels }], batching);
      const target = { boxes: new Float32Array(0), labels: new Int32Array(0) };
      const losses = supervisedLosses(detector, detector.forward(parameters, batch), [target]);
      // reading them waits for a device that works on its own
      for (const loss of Object.values(losses)) loss.dataSync();
    });
  const { kernels, result } = await tf.profile(() => {
    pass();
    return tf.scalar(0); // it takes a function that gives one
  });
  tf.dispose(result);
  const bytes = kernels.reduce((sum, { bytesAdded }) => sum + Math.max(0, bytesAdded), 0);
  let seconds = Infinity;
  const started = performance.now();
  // the quickest of some: what else runs on the machine at that moment makes them slower
  for (let i = 0; i < PASSES && (i === 0 || performance.now() - started < PATIENCE); i++) {
    const start = performance.now();
    pass();
    seconds = Math.min(seconds, (performance.now() - start) / 1000);
  }
  return { seconds, bytes };
}

/** Seconds from step `from` to the end, by the cost of one image. Rough: within a factor of two or three. */
export function expectedSeconds(plan: MethodPlan, from: number, { seconds }: Pick<ImageCost, 'seconds'>): number {
  return imagesLeft(plan, from) * WITH_GRADIENT * seconds;
}

/** The same by the time of a step that has been taken, `step` the next one. */
export function expectedByStep(plan: MethodPlan, step: number, secondsPerStep: number): number {
  const images = plan.run.batch.labeled + (step <= plan.unlabeledFrom ? 0 : unlabeledImages(plan));
  return (secondsPerStep / images) * imagesLeft(plan, step);
}

/** Labeled images that are still to come, or as much work. */
function imagesLeft(plan: MethodPlan, from: number): number {
  const { iterations, batch } = plan.run;
  const withUnlabeled = Math.max(0, iterations - Math.max(from, plan.unlabeledFrom));
  return Math.max(0, iterations - from) * batch.labeled + withUnlabeled * unlabeledImages(plan);
}

const unlabeledImages = ({ run, cost }: MethodPlan): number => (run.batch.unlabeled * cost.passes) / WITH_GRADIENT;

/** The warning of a run that takes more than a day. */
export function longRun(seconds: number, how: string): Warning[] {
  if (seconds <= LONG) return [];
  return [
    {
      code: 'long-run',
      message:
        `The run will take about ${durationText(seconds)} on this machine (${how}). Shorter: fewer "iterations", with the whole schedule in ` +
        'proportion; a smaller "input.resize", "batch" or "detector.backbone"; or a machine with a GPU.',
    },
  ];
}

/** The warning of a step that needs more memory than the machine has. */
export function tooLarge(plan: MethodPlan, { bytes }: Pick<ImageCost, 'bytes'>): Warning[] {
  const { labeled, unlabeled, accumulate } = plan.run.batch;
  const images = Math.max(labeled, usesUnlabeled(plan) ? unlabeled * plan.cost.kept : 0) / accumulate;
  const needed = images * bytes;
  const there = Math.min(totalmem(), process.constrainedMemory() || Infinity);
  if (needed <= there) return [];
  const gigabytes = (n: number) => `${Math.round(n / 2 ** 30).toLocaleString('en-US')} GB`;
  return [
    {
      code: 'memory',
      message:
        `A step may need about ${gigabytes(needed)} for what its images leave behind for the gradients, and this machine has ${gigabytes(there)}.` +
        ' "batch.accumulate" computes a step in parts; a smaller "input.resize" or "batch" needs less.',
    },
  ];
}

/** How the first figure came about. */
export const BY_ONE_IMAGE = `by the time of one image, on ${availableParallelism()} processors`;

/** `40 s`, `12 min`, `5.2 hours`, `419 days (10,047 hours)`. */
export function durationText(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  const hours = seconds / 3600;
  if (hours < 48) return `${hours.toPrecision(2)} hours`;
  return `${Math.round(hours / 24)} days (${Math.round(hours).toLocaleString('en-US')} hours)`;
}
