import { PAPER_STRONGER_SETTINGS } from '@sed/augment';
import { decodeImage, type Dataset } from '@sed/datasets-coco';
import { methodPlan, parseConfig, type RunConfig } from '@sed/trainer';
import { openData, type RunData } from '@sed/trainer/data';
import type { Context } from '../../context.ts';
import { UsageError } from '../../errors.ts';
import { isHtml, refuseOverwriting } from '../../output/refuse.ts';
import { writeWhole } from '../../output/write-whole.ts';
import type { SourceChoices } from '../../sources/source-options.ts';
import { createTalk, type Talk } from '../../ui/console.ts';
import { progressBar } from '../../ui/progress-bar.ts';
import { bytes } from '../../ui/text.ts';
import { withCheckCommand } from '../check-command.ts';
import { configOf } from '../config-of.ts';
import { openSources, withSizes } from '../stats/open.ts';
import { collectImages } from './collect.ts';
import { renderBrowsePage } from './page.ts';

export interface BrowseChoices extends SourceChoices {
  readonly config?: string;
  readonly count: number;
  readonly seed?: number;
  readonly step?: number;
  readonly shortEdge?: readonly [number, number];
  readonly out: string;
  readonly json?: boolean;
}

/** `sed-cli data browse`. */
export async function browseCommand(options: BrowseChoices, context: Context): Promise<void> {
  const talk = createTalk(context.io);
  if (options.shortEdge && options.config !== undefined)
    throw new UsageError('--short-edge is for data without a config: the views of a run are those of its config.');
  const out = context.path(options.out);
  await refuseOverwriting([{ path: out, option: '--out', isOurs: isHtml, what: 'a page' }], []);
  talk.status('reading annotations');
  const opened =
    options.config === undefined
      ? await fromSources(options, context)
      : await fromConfig(options.config, options, context, talk);
  const { config, data, name, ownConfig } = opened;
  const { unlabeledFrom } = methodPlan(config);
  const step = options.step ?? (ownConfig && data.unlabeled ? unlabeledFrom : 0);
  if (step >= config.iterations) {
    throw new UsageError(
      `--step is ${step}, but the run has ${config.iterations} iterations (0 to ${config.iterations - 1}).`,
    );
  }
  const { images, unreadable } = await collectImages(config, data, {
    images: options.count,
    step,
    ...(ownConfig ? {} : { stronger: PAPER_STRONGER_SETTINGS, unlabeledOnly: opened.unlabeledOnly }),
    onProgress: (done) => talk.status(progressBar('views', done / options.count, `${done} of ${options.count} images`)),
  });
  for (const reason of unreadable) talk.warn(reason);
  if (images.length === 0) throw new Error(`${name}: no image could be read.`);
  const early = ownConfig && data.unlabeled !== undefined && step < unlabeledFrom;
  const html = await renderBrowsePage({
    name,
    config,
    ownConfig,
    classes: data.classes,
    images,
    step,
    notes: [
      ...data.notes.map(withCheckCommand),
      ...(early ? [`The burn-in ends at step ${unlabeledFrom}; before it a run sees labeled images alone.`] : []),
      ...(unreadable.length > 0 ? [`${unreadable.length} files could not be read and were passed over.`] : []),
    ],
    decode: decodeImage,
    onProgress: (done) => talk.status(progressBar('page', done / images.length, `${done} of ${images.length} images`)),
  });
  await writeWhole(out, html);
  talk.clear();
  const size = Buffer.byteLength(html);
  if (options.json) {
    const shown = images.map(({ kind, step: at, path }) => ({ kind, step: at, path }));
    context.json({ out, bytes: size, seed: config.seed, images: shown, unreadable });
  } else context.print(`${out} (${images.length} images, ${bytes(size)})`);
}

interface Opened {
  readonly config: RunConfig;
  readonly data: RunData;
  readonly name: string;
  readonly ownConfig: boolean;
  /** There are no labeled images. */
  readonly unlabeledOnly: boolean;
}

async function fromConfig(file: string, options: BrowseChoices, context: Context, talk: Talk): Promise<Opened> {
  const read = configOf(file, options, context, 'data');
  // views of unlabeled images are wanted also where the burn-in would end behind the run
  const iterations = Math.max(read.iterations, finiteOr(methodPlan(read).unlabeledFrom, 0) + 1);
  const config = { ...read, iterations, ...(options.seed === undefined ? {} : { seed: options.seed }) };
  const data = await openData(config);
  // training reads these sizes before its first step, and groups batches by them
  const unlabeled = data.unlabeled && (await withSizes(data.unlabeled, talk, { tolerant: true }));
  return { config, data: { ...data, unlabeled }, name: file, ownConfig: true, unlabeledOnly: false };
}

const finiteOr = (value: number, other: number): number => (Number.isFinite(value) ? value : other);

/**
 * Sources without a run: the paper's views, of labeled images as labeled ones and of images alone as unlabeled ones.
 */
async function fromSources(options: BrowseChoices, context: Context): Promise<Opened> {
  const { name, dataset, withoutLabels, notes } = await openSources(options, context);
  if (dataset.images.length === 0) throw new Error(`${dataset.source} has no images.`);
  const imagesOf = (bare: boolean): Dataset => ({
    ...dataset,
    images: dataset.images.filter(({ id }) => withoutLabels.has(id) === bare),
  });
  const [labeled, bare] = [imagesOf(false), imagesOf(true)];
  const nowhere = { annotations: 'none.json', images: '.' };
  const config = parseConfig({
    seed: options.seed ?? 1,
    data: { labeled: nowhere, validation: nowhere, unlabeled: { images: '.' } },
    ...(options.shortEdge ? { input: { resize: resizeTo(options.shortEdge) } } : {}),
    batch: { labeled: 1, unlabeled: 1 },
    method: { kind: 'sed', burnIn: 0 },
  });
  const data: RunData = {
    // the loader wants labeled images; `unlabeledOnly` passes over them
    labeled: labeled.images.length > 0 ? labeled : bare,
    unlabeled: bare.images.length > 0 ? bare : undefined,
    hidden: undefined,
    validation: labeled,
    classes: dataset.categories.map((category) => category.name),
    notes,
  };
  return { config, data, name, ownConfig: false, unlabeledOnly: labeled.images.length === 0 };
}

/** The long edge is bounded in the paper's proportion, 1333 to 800. */
function resizeTo(short: readonly [number, number]): object {
  return { kind: 'short-edge', short, long: Math.round((short[1] * 1333) / 800) };
}
