import { existsSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname } from 'node:path';
import type { PreparedBackend } from '@sed/runtime';
import { type RunConfig } from '@sed/trainer';
import { openData, openDataPart, type RunData } from '@sed/trainer/data';
import { prepare } from '../backend.ts';
import type { Context } from '../context.ts';
import { checkStart, startLines, type StartReport } from '../data/check-start.ts';
import { withSizes } from '../data/stats/open.ts';
import { UsageError } from '../errors.ts';
import { refuseOverwriting } from '../output/refuse.ts';
import { writeWhole } from '../output/write-whole.ts';
import { createTalk, type Talk } from '../ui/console.ts';
import { shownFrom } from '../ui/path.ts';
import { shellWord } from '../ui/shell.ts';
import { duration } from '../ui/text.ts';
import { choose, type Chosen } from './choose.ts';
import { findLabels } from './find-labels.ts';
import type { FoundLabels, LabelSource } from './found.ts';
import { configText, draftConfig, finishConfig, type ChosenData } from './make-config.ts';

export interface InitChoices {
  readonly labeled: string;
  readonly unlabeled?: string;
  readonly validation?: string;
  readonly images?: string;
  readonly out: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Held out of the labeled images where there is no validation set: 20 %, and no more images than say enough. */
const HELD_OUT = 20;
const ENOUGH = 1000;
/** The fold of the draw: a run's seed, so to say. */
const FOLD = 1;

/** `sed-cli init`. Nothing is written before a run is known to start with it. */
export async function initCommand(options: InitChoices, context: Context): Promise<void> {
  const talk = createTalk(context.io);
  const out = context.path(options.out);
  await checkOut(out, options, context);
  const unlabeled = options.unlabeled === undefined ? undefined : unlabeledFolder(options.unlabeled, context);
  const found = foundLabels(options, context);
  const data = { labeled: found.labeled, validation: found.validation, unlabeled };
  try {
    const opened = await openMeasured(data, talk);
    const backend = await prepare();
    const chosen = choose(opened.data.labeled, imagesOf(opened.data), backend.gpu ? 'gpu' : 'cpu');
    const lines = explain(found, opened, chosen, backend, context);
    const config = finishConfig(
      opened.draft,
      chosen,
      opened.data.classes,
      ['Made by sed-cli init.', ...lines.map(([what, why]) => `${what}: ${why}.`)].join(' '),
    );
    const start = await checkStart(config, talk, context);
    talk.clear();
    if (start.stops !== undefined) throw new Error(`A run would not start with this data:\n${start.stops}`);
    await writeWhole(out, configText(config, dirname(out)));
    report(options, context, { config, opened, lines, start });
  } finally {
    talk.clear();
  }
}

/** `--force` writes over any file but those that are read. */
async function checkOut(out: string, options: InitChoices, context: Context): Promise<void> {
  if (existsSync(out)) {
    if (statSync(out).isDirectory())
      throw new UsageError(`--out ${options.out} is a folder; name the file, e.g. ${options.out}/my.json.`);
    if (!options.force) {
      throw new UsageError(
        `--out ${options.out} is there already. Name another file, or give --force to write over it.`,
      );
    }
  }
  const read = [options.labeled, ...(options.validation === undefined ? [] : [options.validation])];
  await refuseOverwriting(
    [{ path: out, option: '--out', isOurs: () => true, what: 'a config' }],
    read.map(context.path),
  );
}

function unlabeledFolder(typed: string, context: Context): string {
  const path = context.path(typed);
  if (!existsSync(path)) throw new UsageError(`--unlabeled ${typed} does not exist: name a folder of pictures.`);
  return path;
}

/** The labels of `--labeled`, with those of `--validation` in place of what it has for that. */
function foundLabels({ labeled, validation, images }: InitChoices, context: Context): FoundLabels {
  const folder = images === undefined ? undefined : context.path(images);
  const found = findLabels(context.path(labeled), folder);
  if (validation === undefined) return found;
  return { ...found, validation: findLabels(context.path(validation), folder).labeled };
}

interface Opened {
  readonly draft: RunConfig;
  readonly data: RunData;
  /** Of the labeled images, where validation images are held out. */
  readonly heldOut: number | undefined;
}

/** The data as a run opens it, with the size of every image that can be read. */
async function openMeasured(
  chosen: Omit<ChosenData, 'validation'> & Pick<FoundLabels, 'validation'>,
  talk: Talk,
): Promise<Opened> {
  talk.status('reading annotations');
  const own = chosen.validation.length > 0;
  const percent = own ? undefined : percentOf(await countLabeled(chosen));
  const draft = draftConfig({
    ...chosen,
    validation: percent === undefined ? chosen.validation : { percent, fold: FOLD },
  });
  const data = await openData(draft);
  const sized = {
    ...data,
    labeled: await withSizes(data.labeled, talk, { tolerant: true }),
    validation: await withSizes(data.validation, talk, { tolerant: true }),
    unlabeled: data.unlabeled && (await withSizes(data.unlabeled, talk, { tolerant: true })),
  };
  return { draft, data: sized, heldOut: percent };
}

async function countLabeled(chosen: Pick<ChosenData, 'labeled' | 'unlabeled'>): Promise<number> {
  const { data } = draftConfig({ ...chosen, validation: chosen.labeled });
  return (await openDataPart(data, 'labeled')).images.length;
}

/** Whole %, so that at least one image is held out. */
function percentOf(images: number): number {
  if (images < 2) {
    throw new UsageError(
      `There ${images === 1 ? 'is 1 labeled image' : 'are no labeled images'}: none can be held out to measure on. Label some more, or name others with --validation.`,
    );
  }
  return Math.max(Math.min(HELD_OUT, Math.ceil((100 * ENOUGH) / images)), Math.ceil(100 / images));
}

const imagesOf = ({ labeled, validation, unlabeled }: RunData) => [
  ...labeled.images,
  ...validation.images,
  ...(unlabeled?.images ?? []),
];

/** What was found and chosen, and why: a word and a sentence each. */
function explain(
  found: FoundLabels,
  { data, heldOut }: Opened,
  { batch, iterations, long, short, sizeReason }: Chosen,
  backend: PreparedBackend,
  context: Context,
): [string, string][] {
  const { labeled, validation, unlabeled, classes } = data;
  const all = labeled.images.length + validation.images.length;
  const names = classes.slice(0, 6).join(', ') + (classes.length > 6 ? ', …' : '');
  const machine = backend.gpu
    ? 'a GPU'
    : `${availableParallelism()} processors${backend.backend === 'tensorflow' ? '' : ` and ${backend.backend} (slower; \`sed-cli setup\` brings TensorFlow)`}`;
  return [
    [
      'labels',
      `${found.format}, ${where(found.labeled, context)}; ${classes.length} ${classes.length === 1 ? 'class' : 'classes'} (${names})`,
    ],
    [
      'validation',
      heldOut === undefined
        ? `${validation.images.length} images, ${where(found.validation, context)}`
        : `${validation.images.length} of the ${all} labeled images, held out by a draw (${heldOut} %, fold ${FOLD}), as there is no validation set`,
    ],
    ...(found.passedOver.length > 0 ? [['not used', found.passedOver.join(', ')] as [string, string]] : []),
    [
      'method',
      unlabeled
        ? `SED, ${labeled.images.length} labeled and ${unlabeled.images.length} unlabeled images`
        : `supervised, ${labeled.images.length} labeled images: with pictures without labels (--unlabeled) it would be SED`,
    ],
    [
      'model',
      `RetinaNet on EfficientNet-Lite0 with ImageNet's weights, ${batch}${unlabeled ? ` + ${batch}` : ''} images a step, for ${machine}`,
    ],
    ['size', `${long}x${short}: ${sizeReason}`],
    [
      'length',
      `${iterations} iterations, each labeled image about ${Math.round((iterations * batch) / labeled.images.length)} times`,
    ],
  ];
}

/** The sources, as the user would type them. */
function where(sources: readonly LabelSource[], { io }: Context): string {
  const typed = (path: string) => shownFrom(io.cwd, path);
  return sources
    .map((source) => {
      if ('annotations' in source) return [source.annotations].flat().map(typed).join(' + ');
      if ('yolo' in source) return `${typed(source.yolo)} (${source.set})`;
      return source.sets === undefined ? typed(source.voc) : `${typed(source.voc)} (${source.sets.join(', ')})`;
    })
    .join(' + ');
}

function report(
  options: InitChoices,
  context: Context,
  made: { config: RunConfig; opened: Opened; lines: readonly [string, string][]; start: StartReport },
): void {
  const { config, opened, lines, start } = made;
  const { labeled, unlabeled, validation, classes } = opened.data;
  if (options.json) {
    const images = {
      labeled: labeled.images.length,
      unlabeled: unlabeled?.images.length ?? 0,
      validation: validation.images.length,
    };
    context.json({
      out: context.path(options.out),
      method: config.method.kind,
      images,
      classes,
      iterations: config.iterations,
      choices: Object.fromEntries(lines),
      start,
    });
    return;
  }
  const folder = `runs/${basename(options.out).replace(/\.json$/i, '')}`;
  const time =
    start.expectedSeconds === undefined ? '' : `; training takes roughly ${duration(start.expectedSeconds)} here`;
  context.print(
    [
      `${options.out} is written${time}.`,
      ...lines.map(([what, why]) => `  ${what.padEnd(10)}  ${why}`),
      ...startLines(start),
      '',
      'Next:',
      `  sed-cli train --config ${shellWord(options.out)} --out ${shellWord(folder)}`,
      `  sed-cli predict --run ${shellWord(folder)} --images <pictures> --out ${shellWord(`${folder}-detections.json`)} --draw ${shellWord(`${folder}-pictures`)}`,
    ].join('\n'),
  );
}
