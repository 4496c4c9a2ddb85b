import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { openFolder, readCoco, type CocoDetection, type ImageRecord } from '@sed/datasets-coco';
import { prepareBackend } from '@sed/runtime';
import { predictImages } from '@sed/trainer';
import type { Context } from '../context.ts';
import { classColor } from '../draw/palette.ts';
import { drawPicture, scoreLabel } from '../draw/picture.ts';
import { UsageError } from '../errors.ts';
import { createTalk, type Talk } from '../ui/console.ts';
import { progressBar } from '../ui/progress-bar.ts';
import { openWeights, type LoadedModel } from './weights-model.ts';
import { openRun } from './run-model.ts';
import { withIdsOf } from './image-ids.ts';

export interface PredictChoices {
  readonly run?: string;
  readonly model?: string;
  readonly weights?: string;
  readonly classes?: string;
  readonly images: readonly string[];
  readonly out: string;
  readonly annotations?: string;
  readonly draw?: string;
  readonly score: number;
  readonly drawScore?: number;
  readonly modelOf?: 'teacher' | 'student';
  readonly size: number;
  readonly json?: boolean;
}

/** Pictures that are drawn at a time. */
const DRAWN_AT_ONCE = 4;

/** `sed-cli predict`. */
export async function predictCommand(options: PredictChoices, context: Context): Promise<void> {
  const { io } = context;
  checkChoices(options);
  const talk = createTalk(io);
  // The images first: a wrong glob is found before weights are read.
  const folder = await openFolder({ images: options.images.map(context.path) });
  const known =
    options.annotations === undefined
      ? undefined
      : await readCoco({ annotations: context.path(options.annotations), images: '.', degenerate: 'keep' });
  const images = known === undefined ? folder.images : withIdsOf(known, folder.images);

  const backend = await prepareBackend({});
  if (backend.warning) talk.warn(backend.warning);
  const model = await openModel(options, known?.categories, context);
  const abort = new AbortController();
  const stopListening = io.onInterrupt(() => abort.abort(new Error('Stopped; nothing was written.')));
  try {
    const unreadable = new Set<ImageRecord>();
    const detections = await predictImages(model.detector, model.parameters, images, {
      input: model.input,
      categories: model.categories,
      scoreThreshold: options.score,
      signal: abort.signal,
      onUnreadable: (image, error) => {
        unreadable.add(image);
        talk.warn(`${error.message} It is left out.`);
      },
      onProgress: (done, all) => talk.status(progressBar('detecting', done / all, `${done} of ${all} images`)),
    });
    talk.clear();
    if (unreadable.size === images.length) throw new Error('None of the images could be read; nothing was written.');
    const read = images.filter((image) => !unreadable.has(image));
    const out = context.path(options.out);
    await writeJson(out, detections.map(rounded));
    const list = out.replace(/\.json$/i, '') + '.images.json';
    if (known === undefined) {
      await writeJson(
        list,
        images.map(({ id, fileName }) => ({ id, file_name: fileName })),
      );
    }
    const drawn =
      options.draw === undefined
        ? 0
        : await drawAll(context.path(options.draw), read, detections, model, options, talk);
    const summary = {
      out,
      images: read.length,
      ...(unreadable.size === 0 ? {} : { unreadable: [...unreadable].map((image) => image.path) }),
      detections: detections.length,
      ...(known === undefined ? { imageList: list } : {}),
      ...(options.draw === undefined ? {} : { drawn, folder: context.path(options.draw) }),
      model: model.name,
      backend: backend.backend,
    };
    if (options.json) context.json(summary);
    else {
      context.print(
        `${detections.length} detections on ${read.length} images by ${model.name}: ${out}` +
          (known === undefined ? `\nimage ids by file name: ${list}` : '') +
          (options.draw === undefined ? '' : `\n${drawn} pictures: ${summary.folder}`),
      );
    }
    // What could be done is done; a script still learns that it is not all.
    if (unreadable.size > 0) context.exit(1);
  } finally {
    talk.clear();
    stopListening();
    model.dispose();
  }
}

function checkChoices({ run, model, weights, classes }: PredictChoices): void {
  if ((run === undefined) === (model === undefined)) {
    throw new UsageError('Give either --run (a run folder) or --model and --weights (a file of weights).');
  }
  if (model !== undefined && weights === undefined)
    throw new UsageError('--model needs --weights, a .pth or .safetensors file.');
  if (run !== undefined && weights !== undefined)
    throw new UsageError('--weights goes with --model; --run has weights of its own (--model-of chooses).');
  if (run !== undefined && classes !== undefined)
    throw new UsageError('--classes goes with --model; a run knows its classes.');
}

function openModel(
  options: PredictChoices,
  categories: readonly { id: number; name: string }[] | undefined,
  context: Context,
): LoadedModel | Promise<LoadedModel> {
  if (options.run !== undefined) return openRun(context.path(options.run), options.modelOf);
  return openWeights({
    model: options.model!,
    path: context.path(options.weights!),
    size: options.size,
    ...(options.classes === undefined ? {} : { names: options.classes.split(',').map((c) => c.trim()) }),
    ...(categories === undefined ? {} : { categories }),
  });
}

/** A thousandth of a pixel, and the seven digits of a float: metrics of the file are those of the run. */
function rounded(d: CocoDetection): CocoDetection {
  const [x, y, w, h] = d.bbox.map((v) => Math.round(v * 1000) / 1000) as [number, number, number, number];
  return {
    image_id: d.image_id,
    category_id: d.category_id,
    bbox: [x, y, w, h],
    score: Number(d.score.toPrecision(7)),
  };
}

async function drawAll(
  folder: string,
  images: readonly ImageRecord[],
  detections: readonly CocoDetection[],
  model: LoadedModel,
  options: PredictChoices,
  talk: Talk,
): Promise<number> {
  const least = options.drawScore ?? Math.max(0.3, options.score);
  const classOf = new Map(model.categories.map((c, i) => [c.id, { name: c.name, color: classColor(i) }]));
  const byImage = new Map<number, CocoDetection[]>();
  for (const d of detections) {
    if (d.score >= least) byImage.set(d.image_id, [...(byImage.get(d.image_id) ?? []), d]);
  }
  const drawOne = async (image: ImageRecord): Promise<void> => {
    // The best is drawn last, on top.
    const boxes = (byImage.get(image.id) ?? [])
      .sort((a, b) => a.score - b.score)
      .map(({ bbox: [x, y, width, height], category_id, score }) => {
        const { name, color } = classOf.get(category_id)!;
        return { x, y, width, height, color, label: `${name} ${scoreLabel(score)}` };
      });
    const isJpeg = ['.jpg', '.jpeg'].includes(extname(image.fileName).toLowerCase());
    const path = join(
      folder,
      ...(isJpeg ? image.fileName : `${image.fileName}.jpg`).split('/').filter((p) => p !== '..'),
    );
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await drawPicture(image.path, boxes));
  };
  for (let i = 0; i < images.length; i += DRAWN_AT_ONCE) {
    await Promise.all(images.slice(i, i + DRAWN_AT_ONCE).map(drawOne));
    talk.status(progressBar('drawing', (i + DRAWN_AT_ONCE) / images.length));
  }
  talk.clear();
  return images.length;
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const aside = `${path}.${process.pid}.tmp`;
  await writeFile(aside, `${JSON.stringify(value)}\n`);
  await rename(aside, path);
}
