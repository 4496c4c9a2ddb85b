/** What a run will cost, measured on this machine before its first step: one image through the network, its time and its memory. */
import { availableParallelism, totalmem } from 'node:os';
import { imageBatch, type Detector, type ImageBatchOptions, type Parameters } from '@sed/detectors';
import * as tf from '@tensorflow/tfjs-core';
import type { RunConfig } from '../config/schema.ts';
import { testSizeOf } from '../data/anchors.ts';
import type { Warning } from '../guards/watch.ts';
import { scoped } from '../methods/scoped.ts';

/** One image forward, at the size of tests. */
export interface ImageCost {
  readonly seconds: number;
  /** Of all values that the pass makes, which a gradient's tape keeps. */
  readonly bytes: number;
}

/** A forward and a backward pass over a forward pass. */
const WITH_GRADIENT = 3;
/** Passes of an unlabeled image: the student's with gradients, full and at half size (a quarter of the pixels), and the teacher's. */
const STUDENT_VIEWS = 1.25;
const PER_UNLABELED = WITH_GRADIENT * STUDENT_VIEWS + 1;
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
      const losses = detector.supervisedLosses(detector.forward(parameters, batch), [target]);
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
export function expectedSeconds(config: RunConfig, from: number, { seconds }: Pick<ImageCost, 'seconds'>): number {
  return imagesLeft(config, from) * WITH_GRADIENT * seconds;
}

/** The same by the time of a step that has been taken, `step` the next one. */
export function expectedByStep(config: RunConfig, step: number, secondsPerStep: number): number {
  const inBurnIn = config.method.kind === 'supervised' || step <= config.method.burnIn;
  const images = config.batch.labeled + (inBurnIn ? 0 : unlabeledImages(config));
  return (secondsPerStep / images) * imagesLeft(config, step);
}

/** Labeled images that are still to come, or as much work. */
function imagesLeft(config: RunConfig, from: number): number {
  const { iterations, batch, method } = config;
  const unsupervised = method.kind === 'supervised' ? 0 : iterations - Math.max(from, method.burnIn);
  return Math.max(0, iterations - from) * batch.labeled + Math.max(0, unsupervised) * unlabeledImages(config);
}

const unlabeledImages = ({ batch }: RunConfig): number => (batch.unlabeled * PER_UNLABELED) / WITH_GRADIENT;

/** The warning of a run that takes more than a day. */
export function longRun(config: RunConfig, seconds: number, how: string): Warning[] {
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
export function tooLarge(config: RunConfig, { bytes }: Pick<ImageCost, 'bytes'>): Warning[] {
  const { labeled, unlabeled, accumulate } = config.batch;
  const images = Math.max(labeled, config.method.kind === 'supervised' ? 0 : unlabeled * STUDENT_VIEWS) / accumulate;
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
