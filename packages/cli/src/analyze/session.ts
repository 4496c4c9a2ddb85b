/** What every analysis does around its own work: the run, its data, Ctrl-C, and where results go. */
import { basename, dirname } from 'node:path';
import { openSource, type Dataset, type SourceSpec } from '@sed/datasets-coco';
import { loadRun, type LoadedRun } from '@sed/trainer';
import { chooseImages, openRunPart } from '@sed/trainer/analysis';
import { type DataPart } from '@sed/trainer/data';
import * as tf from '@tensorflow/tfjs-core';
import { prepare } from '../backend.ts';
import type { Context } from '../context.ts';
import { nameOf } from '../data/stats/open.ts';
import { UsageError } from '../errors.ts';
import { sourceSettingsOf, sourcesOf } from '../sources/source-options.ts';
import { createTalk, type Talk } from '../ui/console.ts';
import { onStop } from '../ui/on-stop.ts';
import type { AnalyzeChoices } from './choices.ts';
import { findRun, type FoundRun } from '../runs/find-run.ts';

/** What the JSON of every analysis begins with. */
export interface RunInfo {
  /** Folder of the run, and of the checkpoint. */
  readonly run: string;
  readonly checkpoint: string;
  readonly step: number;
  /** Why this checkpoint. */
  readonly why: string;
  readonly detector: string;
  /** How the run was trained. */
  readonly method: string;
}

export interface DataInfo {
  readonly name: string;
  readonly sources: readonly string[];
  /** Images of the data set, of which some were looked at. */
  readonly of: number;
}

export interface OpenedData {
  readonly dataset: Dataset;
  readonly info: DataInfo;
}

export interface Session {
  readonly talk: Talk;
  readonly backend: string;
  readonly signal: AbortSignal;
  /** Loads a model of `--run`, or of another run, and says which. Freed when the session ends. */
  load: (found: FoundRun, model: string | undefined) => LoadedRun;
  /** `onUnreadable` of the analyses: a warning. */
  unreadable: (path: string, reason: string) => void;
}

/** Prepares the backend and runs `body`; Ctrl-C stops it with nothing written, a second one at once. */
export async function withSession(context: Context, body: (session: Session) => Promise<void>): Promise<void> {
  const talk = createTalk(context.io);
  const { backend, warning } = await prepare();
  if (warning) talk.warn(warning);
  const abort = new AbortController();
  const stopListening = onStop(context.io, () => abort.abort(new Error('Stopped; nothing was written.')));
  const loaded: LoadedRun[] = [];
  const told = new Set<string>();
  try {
    await body({
      talk,
      backend,
      signal: abort.signal,
      load({ folder, options }, model) {
        const run = loadRun(folder, { ...options, ...(model === undefined ? {} : { model }), log: talk.say });
        loaded.push(run);
        talk.say(`${basename(dirname(dirname(run.checkpoint)))}: ${run.model} of step ${run.step} (${run.why})`);
        return run;
      },
      unreadable(path, reason) {
        if (!told.has(path)) talk.warn(`${reason} It is left out.`);
        told.add(path);
      },
    });
  } finally {
    talk.clear();
    stopListening();
    for (const { parameters } of loaded) tf.dispose([...parameters.values()]);
  }
}

/** What `--run` and `--checkpoint` mean, and `--compare`: wrong ones are told before the backend is loaded. */
export function foldersOf(
  options: AnalyzeChoices,
  context: Context,
): { readonly own: FoundRun; readonly other: FoundRun | undefined } {
  if (options.classes !== undefined) throw new UsageError('--classes: a run knows its classes; leave it out.');
  const named = namesSources(options);
  if (named && options.part !== undefined)
    throw new UsageError(
      '--part is for the data of the run: leave it out where --coco, --voc, --yolo or --images name other data.',
    );
  return {
    own: findRun('--run', options.run, options.checkpoint, context.path),
    other: options.compare === undefined ? undefined : findRun('--compare', options.compare, undefined, context.path),
  };
}

export const infoOf = ({ checkpoint, step, why, detector, config }: LoadedRun): RunInfo => ({
  run: dirname(dirname(checkpoint)),
  checkpoint,
  step,
  why,
  detector: detector.name,
  method: config.method.kind,
});

const namesSources = ({ coco, voc, yolo, images }: AnalyzeChoices): boolean =>
  (coco ?? voc ?? yolo ?? images) !== undefined;

/**
 * The data of the options, or else a part of the run's.
 * @param settings.part of the run's data, where `--part` is not given
 * @param settings.labels whether the analysis needs to know what is in the images
 * @throws Error where it does and it cannot, and where there is no image
 */
export async function openAnalysisData(
  options: AnalyzeChoices,
  run: LoadedRun,
  context: Context,
  settings: { readonly part: DataPart; readonly labels: boolean },
): Promise<OpenedData> {
  const part = options.part ?? settings.part;
  const named = namesSources(options);
  const own = basename(dirname(dirname(run.checkpoint)));
  const specs: readonly SourceSpec[] = named ? sourcesOf(options, context) : [];
  const { dataset, labeled } = named
    ? await openNamed(specs, options, run, settings.labels, createTalk(context.io))
    : await openRunPart(run.config, part, run.categories);
  const name = options.name ?? (named ? specs.map(nameOf).join(' + ') : `the ${part} images of ${own}`);
  if (dataset.images.length === 0) throw new Error(`${name}: there is no image in ${dataset.source}.`);
  if (settings.labels && !labeled) {
    throw new Error(
      `${name}: the labels of ${dataset.source} are not known, and without them nothing is foreground, right or missed. ` +
        'Name data with annotations, e.g. --part validation, or --coco <json> --images <folder>.',
    );
  }
  if (settings.labels && dataset.images.every(({ annotations }) => annotations.length === 0))
    throw new Error(`${name}: no box in the ${dataset.images.length} images of ${dataset.source}.`);
  return { dataset, info: { name, sources: dataset.source.split(' + '), of: dataset.images.length } };
}

async function openNamed(
  specs: readonly SourceSpec[],
  options: AnalyzeChoices,
  run: LoadedRun,
  labels: boolean,
  talk: Talk,
): Promise<{ dataset: Dataset; labeled: boolean }> {
  const opened = await openSource(specs, {
    ...sourceSettingsOf(options),
    // by index as the detector has them
    ...(labels ? { classes: run.categories.map(({ name }) => name), classesFrom: 'the run' } : {}),
    degenerate: 'drop',
    unlabeled: labels ? 'where-absent' : true,
  });
  for (const remark of opened.remarks) talk.warn(remark);
  const known = opened.images.filter(({ id }) => !opened.withoutLabels.has(id));
  const dataset: Dataset = {
    source: opened.source,
    categories: opened.categories,
    images: labels && known.length > 0 ? known : opened.images,
  };
  return { dataset, labeled: known.length > 0 };
}

/** `--count` images, drawn by the seed, as a data set of their own. */
export function chosenImages(dataset: Dataset, options: AnalyzeChoices, run: LoadedRun, stream: string): Dataset {
  const seed = options.seed ?? run.config.seed;
  return { ...dataset, images: chooseImages(dataset.images, options.count, seed, stream) };
}
