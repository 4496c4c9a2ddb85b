import { findUnused, openFolder, readCoco, unusedText, type ImageRecord } from '@sed/datasets-coco';
import { prepareBackend } from '@sed/runtime';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { findRun } from '../runs/find-run.ts';
import { createTalk } from '../ui/console.ts';
import { progressBar } from '../ui/progress-bar.ts';
import { table } from '../ui/text.ts';
import { detect } from './detect.ts';
import { withIdsOf } from './image-ids.ts';
import { rounded, writeJson } from './output.ts';
import { drawAll } from './pictures.ts';
import { openRun } from './run-model.ts';
import { openWeights, type LoadedModel } from './weights-model.ts';

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
  readonly checkpoint?: string;
  readonly weightsStyle?: 'torchvision' | 'caffe';
  readonly size?: number;
  readonly scales?: readonly number[];
  readonly normEpsilon?: number;
  readonly json?: boolean;
}

/** torchvision's short edge, in pixels. */
const SIZE = 800;

/** `sed-cli predict`. */
export async function predictCommand(options: PredictChoices, context: Context): Promise<void> {
  const { io } = context;
  checkChoices(options);
  const talk = createTalk(io);
  // The images first: a wrong glob is found before weights are read.
  const paths = options.images.map(context.path);
  const folder = await openFolder({ images: paths });
  const unused = await findUnused(
    [{ images: paths }],
    folder.images.map(({ path }) => path),
  );
  if (unused.total > 0) talk.warn(`Not predicted, of the files that --images names: ${unusedText(unused)}.`);
  const known =
    options.annotations === undefined
      ? undefined
      : await readCoco({ annotations: context.path(options.annotations), images: '.', degenerate: 'keep' });
  const images = known === undefined ? folder.images : withIdsOf(known, folder.images);

  const backend = await prepareBackend({});
  if (backend.warning) talk.warn(backend.warning);
  const model = await openModel(options, known?.categories, context);
  if (model.note) talk.warn(model.note);
  const abort = new AbortController();
  const stopListening = io.onInterrupt(() => abort.abort(new Error('Stopped; nothing was written.')));
  try {
    const unreadable = new Set<ImageRecord>();
    const { detections, perScale } = await detect(model, images, {
      scoreThreshold: options.score,
      ...(options.scales === undefined ? {} : { scales: options.scales }),
      signal: abort.signal,
      onUnreadable: (image, error) => {
        if (!unreadable.has(image)) talk.warn(`${error.message} It is left out.`);
        unreadable.add(image);
      },
      onProgress: (done, all, scale) =>
        talk.status(
          progressBar(scale === undefined ? 'detecting' : `at ${scale}`, done / all, `${done} of ${all} images`),
        ),
    });
    talk.clear();
    if (unreadable.size === images.length) throw new Error('None of the images could be read; nothing was written.');
    const read = images.filter((image) => !unreadable.has(image));
    const out = context.path(options.out);
    await writeJson(out, detections.map(rounded));
    const base = out.replace(/\.json$/i, '');
    const scales = [];
    for (const { scale, detections: found } of perScale) {
      const file = `${base}.${scale}.json`;
      await writeJson(file, found.map(rounded));
      scales.push({ scale, detections: found.length, out: file });
    }
    const list = `${base}.images.json`;
    if (known === undefined) {
      await writeJson(
        list,
        images.map(({ id, fileName }) => ({ id, file_name: fileName })),
      );
    }
    const drawn =
      options.draw === undefined
        ? 0
        : await drawAll(
            context.path(options.draw),
            read,
            detections,
            model,
            options.drawScore ?? Math.max(0.3, options.score),
            talk,
          );
    const summary = {
      out,
      images: read.length,
      ...(unreadable.size === 0 ? {} : { unreadable: [...unreadable].map((image) => image.path) }),
      ...(unused.total === 0 ? {} : { unused }),
      detections: detections.length,
      ...(scales.length === 0 ? {} : { scales }),
      ...(known === undefined ? { imageList: list } : {}),
      ...(options.draw === undefined ? {} : { drawn, folder: context.path(options.draw) }),
      model: model.name,
      backend: backend.backend,
    };
    if (options.json) context.json(summary);
    else {
      context.print(
        (scales.length === 0
          ? ''
          : table([
              ['short edge', 'detections', 'file'],
              ...scales.map((s) => [String(s.scale), String(s.detections), s.out]),
              ['merged', String(detections.length), out],
            ]) + '\n\n') +
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

function checkChoices(options: PredictChoices): void {
  const { run, model, weights, classes, size, scales, normEpsilon, checkpoint } = options;
  if ((run === undefined) === (model === undefined)) {
    throw new UsageError('Give either --run (a run folder) or --model and --weights (a file of weights).');
  }
  if (model !== undefined && weights === undefined)
    throw new UsageError('--model needs --weights, a .pth or .safetensors file.');
  if (run !== undefined && weights !== undefined)
    throw new UsageError('--weights goes with --model; --run has weights of its own (--model-of chooses).');
  if (run !== undefined && classes !== undefined)
    throw new UsageError('--classes goes with --model; a run knows its classes.');
  if (run !== undefined && normEpsilon !== undefined)
    throw new UsageError('--norm-epsilon goes with --model; a run knows its norms.');
  if (model !== undefined && checkpoint !== undefined)
    throw new UsageError('--checkpoint goes with --run; --weights names the file of weights itself.');
  if (size !== undefined && scales !== undefined)
    throw new UsageError('Give either --size (one) or --scales (several, merged).');
}

function openModel(
  options: PredictChoices,
  categories: readonly { id: number; name: string }[] | undefined,
  context: Context,
): LoadedModel | Promise<LoadedModel> {
  if (options.run !== undefined)
    return openRun(findRun('--run', options.run, options.checkpoint, context.path), options.modelOf, options.size);
  return openWeights({
    model: options.model!,
    path: context.path(options.weights!),
    size: options.size ?? SIZE,
    ...(options.normEpsilon === undefined ? {} : { normEpsilon: options.normEpsilon }),
    ...(options.modelOf === undefined ? {} : { role: options.modelOf }),
    ...(options.weightsStyle === undefined ? {} : { images: options.weightsStyle }),
    ...(options.classes === undefined ? {} : { names: options.classes.split(',').map((c) => c.trim()) }),
    ...(categories === undefined ? {} : { categories }),
  });
}
