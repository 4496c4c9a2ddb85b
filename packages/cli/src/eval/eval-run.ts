/** `sed-cli eval --run`: a run's model on its validation data, or on other data with labels, at one size or several. */
import {
  evaluateCoco,
  evaluateVoc,
  type CocoDetection,
  type CocoMetrics,
  type Dataset,
  type OpenedSource,
} from '@sed/datasets-coco';
import { prepareBackend } from '@sed/runtime';
import { loadRun, openDataPart, type LoadedRun } from '@sed/trainer';
import * as tf from '@tensorflow/tfjs-core';
import type { Context } from '../context.ts';
import { detect } from '../predict/detect.ts';
import { modelOfRun } from '../predict/run-model.ts';
import { createTalk } from '../ui/console.ts';
import { progressBar } from '../ui/progress-bar.ts';
import { percent, table } from '../ui/text.ts';
import type { EvalChoices } from './eval.ts';
import { cocoText, vocText } from './eval-text.ts';
import { remarksOn } from './remarks.ts';

/** Columns of the table of scales. */
const COLUMNS = ['AP', 'AP50', 'AP75', 'APs', 'APm', 'APl', 'AR100'] as const satisfies readonly (keyof CocoMetrics)[];

/** `sed-cli eval --run`. */
export async function evalRun(options: EvalChoices & { readonly run: string }, context: Context): Promise<void> {
  const { protocol, scales } = options;
  const talk = createTalk(context.io);
  const backend = await prepareBackend({});
  if (backend.warning) talk.warn(backend.warning);
  const run = loadRun(context.path(options.run), {
    ...(options.modelOf === undefined ? {} : { model: options.modelOf }),
    log: (message) => talk.warn(message),
  });
  const abort = new AbortController();
  const stopListening = context.io.onInterrupt(() => abort.abort(new Error('Stopped before the end.')));
  try {
    const dataset = await dataOf(run, options, context);
    for (const remark of remarksOn(dataset)) talk.warn(remark);
    const { detections, perScale } = await detect(
      { ...modelOfRun(run, options.size), categories: dataset.categories },
      dataset.images,
      {
        batch: run.config.evaluation.batch,
        ...(scales === undefined ? {} : { scales }),
        signal: abort.signal,
        onProgress: (done, all, scale) =>
          talk.status(
            progressBar(scale === undefined ? 'evaluating' : `at ${scale}`, done / all, `${done} of ${all} images`),
          ),
      },
    );
    talk.clear();
    const each = perScale.map(({ scale, detections: found }) => ({ scale, ...metricsOf(dataset, found) }));
    const coco = evaluateCoco(dataset, detections);
    const voc =
      protocol === 'coco'
        ? undefined
        : evaluateVoc(dataset, detections, { protocol, ...(options.iou === undefined ? {} : { iou: options.iou }) });
    if (options.json) {
      context.json({
        ...(voc ? { ...voc, coco: coco.metrics } : coco.metrics),
        ...(options.perClass && !voc ? { perClass: coco.perClass } : {}),
        ...(each.length === 0 ? {} : { scales: each }),
        model: run.model,
        step: run.step,
        checkpoint: run.checkpoint,
        images: dataset.images.length,
      });
      return;
    }
    const about = `${run.model} of step ${run.step} (${run.detector.name}) on ${dataset.images.length} images of ${dataset.source}`;
    context.print(
      [
        about,
        ...(each.length === 0 ? [] : [scalesText(each, coco.metrics)]),
        voc ? vocText(voc, coco) : cocoText(coco, options.perClass === true),
      ].join('\n\n'),
    );
  } finally {
    talk.clear();
    stopListening();
    tf.dispose([...run.parameters.values()]);
  }
}

/** The run's validation data, or what the options name; its classes are checked against the run's. */
function dataOf(
  run: LoadedRun,
  { annotations, images, voc, set }: EvalChoices,
  context: Context,
): Promise<OpenedSource> {
  const classes = run.categories.map(({ name }) => name);
  const { data } = run.config;
  const validation =
    annotations !== undefined
      ? { annotations: context.path(annotations), images: context.path(images!) }
      : voc !== undefined
        ? { voc: context.path(voc), ...(set === undefined ? {} : { sets: [...set] }) }
        : data.validation;
  return openDataPart({ ...data, validation }, 'validation', { classes });
}

const metricsOf = (dataset: Dataset, detections: readonly CocoDetection[]): CocoMetrics =>
  evaluateCoco(dataset, detections).metrics;

function scalesText(each: readonly ({ scale: number } & CocoMetrics)[], merged: CocoMetrics): string {
  const row = (name: string, metrics: CocoMetrics) => [name, ...COLUMNS.map((key) => percent(metrics[key]))];
  return table([
    ['short edge', ...COLUMNS],
    ...each.map(({ scale, ...metrics }) => row(String(scale), metrics)),
    row('merged', merged),
  ]);
}
