/** `sed-cli eval --run`: a run's model on its validation data, or on other data with labels, at one size or several. */
import {
  evaluateCoco,
  evaluateVoc,
  openSource,
  type CocoDetection,
  type CocoMetrics,
  type Dataset,
  type OpenedSource,
} from '@sed/datasets-coco';
import { evaluationRemarks } from '@sed/datasets-coco/metrics';
import { loadRun, type LoadedRun } from '@sed/trainer';
import { openDataPart } from '@sed/trainer/data';
import * as tf from '@tensorflow/tfjs-core';
import { prepare } from '../backend.ts';
import type { Context } from '../context.ts';
import { detect } from '../predict/detect.ts';
import { modelOfRun } from '../predict/run-model.ts';
import { sizeRemarks } from '../predict/sizes.ts';
import { findRun } from '../runs/find-run.ts';
import { createTalk } from '../ui/console.ts';
import { progressBar } from '../ui/progress-bar.ts';
import { percent, table } from '../ui/text.ts';
import { createUnreadable } from '../ui/unreadable.ts';
import type { EvalChoices } from './eval.ts';
import { cocoText, vocText } from './eval-text.ts';
import { remarksOn } from './remarks.ts';

/** Columns of the table of scales. */
const COLUMNS = ['AP', 'AP50', 'AP75', 'APs', 'APm', 'APl', 'AR100'] as const satisfies readonly (keyof CocoMetrics)[];

/** `sed-cli eval --run`. */
export async function evalRun(options: EvalChoices & { readonly run: string }, context: Context): Promise<void> {
  const { protocol, scales } = options;
  const found = findRun('--run', options.run, options.checkpoint, context.path);
  const talk = createTalk(context.io);
  const backend = await prepare();
  if (backend.warning) talk.warn(backend.warning);
  const run = loadRun(found.folder, {
    ...found.options,
    ...(options.modelOf === undefined ? {} : { model: options.modelOf }),
    log: (message) => talk.warn(message),
  });
  const abort = new AbortController();
  const stopListening = context.io.onInterrupt(() => abort.abort(new Error('Stopped before the end.')));
  try {
    const opened = await dataOf(run, options, context);
    const sizes = await sizeRemarks(opened.images, opened.source);
    for (const remark of [...opened.remarks, ...remarksOn(opened), ...sizes]) talk.warn(remark);
    const { images: unreadable, add: onUnreadable } = createUnreadable(talk, 'It is left out, with its objects.');
    const { detections, perScale } = await detect(
      { ...modelOfRun(run, options.size), categories: opened.categories },
      opened.images,
      {
        batch: run.config.evaluation.batch,
        ...(scales === undefined ? {} : { scales }),
        signal: abort.signal,
        onUnreadable,
        onProgress: (done, all, scale) =>
          talk.status(
            progressBar(scale === undefined ? 'evaluating' : `at ${scale}`, done / all, `${done} of ${all} images`),
          ),
      },
    );
    talk.clear();
    const dataset: Dataset = { ...opened, images: opened.images.filter((image) => !unreadable.has(image)) };
    if (dataset.images.length === 0) throw new Error(`None of the images of ${opened.source} could be read.`);
    if (unreadable.size > 0) {
      talk.warn(
        `${unreadable.size} of ${opened.images.length} images could not be read: the metrics are those of the others.`,
      );
      context.exit(1);
    }
    for (const remark of evaluationRemarks(dataset, detections)) talk.warn(remark);
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
        why: run.why,
        images: dataset.images.length,
        ...(unreadable.size === 0 ? {} : { unreadable: [...unreadable].map(({ path }) => path) }),
      });
      return;
    }
    const about = `${run.model} of step ${run.step} (${run.why}; ${run.detector.name}) on ${dataset.images.length} images of ${dataset.source}`;
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

/**
 * The run's validation data, or what the options name. Its classes are the run's by name: what it lacks is a remark,
 * what the run lacks an error, unless the options leave it out or rename it.
 */
function dataOf(run: LoadedRun, options: EvalChoices, context: Context): Promise<OpenedSource> {
  const { annotations, images, voc, set, renameClasses, leaveOutClasses } = options;
  const classes = run.categories.map(({ name }) => name);
  const { data } = run.config;
  if (annotations === undefined && voc === undefined) return openDataPart(data, 'validation', { classes });
  const source =
    annotations !== undefined
      ? { annotations: context.path(annotations), images: context.path(images!) }
      : { voc: context.path(voc!), ...(set === undefined ? {} : { sets: [...set] }) };
  const [renames, leftOut] = [renameClasses ?? data.renameClasses, leaveOutClasses ?? data.leaveOutClasses];
  return openSource(source, {
    classes,
    classesFrom: 'the run',
    degenerate: 'keep',
    onFault: data.onFault,
    ...(renames === undefined ? {} : { renameClasses: renames }),
    ...(leftOut === undefined ? {} : { leaveOutClasses: leftOut }),
  });
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
