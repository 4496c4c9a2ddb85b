import { openFolder, readCoco, type CocoDetection, type Dataset } from '@sed/datasets-coco';
import { findUnused, unusedText } from '@sed/datasets-coco/check';
import type { ModelRole } from '@sed/detectors/weights';
import { prepare } from '../backend.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { rounded } from '../output/detections.ts';
import { idListOf, isIdList, writeIdList } from '../output/id-list.ts';
import { isJsonList, refuseOverwriting, type Output } from '../output/refuse.ts';
import { writeJson } from '../output/write-whole.ts';
import { findRun } from '../runs/find-run.ts';
import { createTalk } from '../ui/console.ts';
import { progressBar } from '../ui/progress-bar.ts';
import { createUnreadable } from '../ui/unreadable.ts';
import { idsByName } from './class-ids.ts';
import { detect } from './detect.ts';
import { withIdsOf } from './image-ids.ts';
import { drawAll, drawingsOf, outputsOf } from './pictures.ts';
import { openRun } from './run-model.ts';
import { sizeRemarks } from './sizes.ts';
import { summaryText, type PredictSummary } from './summary.ts';
import { openWeights, type LoadedModel } from './weights-model.ts';

export interface PredictChoices {
  readonly run?: string;
  readonly model?: string;
  readonly weights?: string;
  readonly classes?: string;
  readonly images: readonly string[];
  readonly out: string;
  readonly annotations?: string;
  readonly renameClasses?: Readonly<Record<string, string>>;
  readonly draw?: string;
  /** Lowest score kept; `best`: that of the run's best F1. Default {@link LEAST_SCORE}. */
  readonly score?: number | 'best';
  readonly drawScore?: number;
  /** A network of the run; of a file of weights, `teacher` or `student`. */
  readonly modelOf?: string;
  readonly checkpoint?: string;
  readonly weightsStyle?: 'torchvision' | 'caffe';
  readonly size?: number;
  readonly scales?: readonly number[];
  readonly normEpsilon?: number;
  readonly json?: boolean;
}

/** torchvision's short edge, in pixels. */
const SIZE = 800;
/** What is kept without `--score`: enough for metrics, more than a person wants to see. */
const LEAST_SCORE = 0.05;

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
  const { images, remarks } = known === undefined ? { ...folder, remarks: [] } : withIdsOf(known, folder.images);
  for (const remark of remarks) talk.warn(remark);
  if (known !== undefined) for (const remark of await sizeRemarks(images, known.source)) talk.warn(remark);
  const files = filesOf(options, context);
  const drawings = options.draw === undefined ? [] : drawingsOf(context.path(options.draw), images);
  await refuseOverwriting(
    [...files.outputs, ...outputsOf(drawings)],
    [
      ...folder.images.map(({ path }) => path),
      ...[options.annotations, options.weights].flatMap((f) => f ?? []).map(context.path),
    ],
  );

  const backend = await prepare();
  if (backend.warning) talk.warn(backend.warning);
  const model = await openModel(options, known?.categories, context);
  const abort = new AbortController();
  const stopListening = io.onInterrupt(() => abort.abort(new Error('Stopped; nothing was written.')));
  try {
    if (model.note) talk.warn(model.note);
    const classes = classesOf(model, known, options);
    for (const remark of classes.remarks) talk.warn(remark);
    const least = leastScore(options, model);
    const { images: unreadable, add: onUnreadable } = createUnreadable(talk, 'It is left out.');
    const { detections: all, perScale } = await detect({ ...model, categories: classes.categories }, images, {
      scoreThreshold: least,
      ...(options.scales === undefined ? {} : { scales: options.scales }),
      signal: abort.signal,
      onUnreadable,
      onProgress: (done, of, scale) =>
        talk.status(
          progressBar(scale === undefined ? 'detecting' : `at ${scale}`, done / of, `${done} of ${of} images`),
        ),
    });
    talk.clear();
    if (unreadable.size === images.length) throw new Error('None of the images could be read; nothing was written.');
    const detections = classes.keep(all);
    await writeJson(files.out, detections.map(rounded));
    const scales = [];
    for (const [i, { scale, detections: found }] of perScale.entries()) {
      const kept = classes.keep(found);
      await writeJson(files.scales[i]!, kept.map(rounded));
      scales.push({ scale, detections: kept.length, out: files.scales[i]! });
    }
    await writeIdList(files.list, images, known === undefined ? classes.categories : known.categories);
    const { drawn, failed } = await drawAll(
      drawings.filter(({ image }) => !unreadable.has(image)),
      {
        detections,
        model: classes,
        least: options.drawScore ?? Math.max(0.3, least),
        talk,
      },
    );
    const summary: PredictSummary = {
      out: files.out,
      images: images.length - unreadable.size,
      ...(unreadable.size === 0 ? {} : { unreadable: [...unreadable].map(({ path }) => path) }),
      ...(unused.total === 0 ? {} : { unused }),
      detections: detections.length,
      score: least,
      ...(model.bestScore === undefined ? {} : { bestScore: model.bestScore }),
      ...(scales.length === 0 ? {} : { scales }),
      categories: classes.categories,
      imageList: files.list,
      ...(options.draw === undefined ? {} : { drawn, folder: context.path(options.draw) }),
      model: model.name,
      backend: backend.backend,
    };
    if (options.json) context.json(summary);
    else context.print(summaryText(summary, { suggest: options.score === undefined, ownIds: known === undefined }));
    // What could be done is done; a script still learns that it is not all.
    if (unreadable.size + failed.length > 0) context.exit(1);
  } finally {
    talk.clear();
    stopListening();
    model.dispose();
  }
}

interface Files {
  readonly out: string;
  /** One for each of `--scales`. */
  readonly scales: readonly string[];
  /** What the ids mean. */
  readonly list: string;
  readonly outputs: readonly Output[];
}

function filesOf({ out: typed, scales = [] }: PredictChoices, context: Context): Files {
  const out = context.path(typed);
  const base = out.replace(/\.json$/i, '');
  const perScale = scales.map((scale) => `${base}.${scale}.json`);
  const list = idListOf(out);
  const detections = [out, ...perScale].map((path): Output => ({
    path,
    option: '--out',
    isOurs: isJsonList,
    what: 'a list of detections',
  }));
  const ids: Output = { path: list, option: '--out', isOurs: isIdList, what: 'a list of ids that predict has written' };
  return { out, scales: perScale, list, outputs: [...detections, ids] };
}

/** The model's classes with the ids of the annotations, where there are some. */
function classesOf(model: LoadedModel, known: Dataset | undefined, { renameClasses, run, classes }: PredictChoices) {
  if (known !== undefined) {
    const found = idsByName(model.categories, known, renameClasses);
    const assumed = run === undefined && classes === undefined && model.categories.length === known.categories.length;
    const remark = `The outputs of the weights are taken for the classes of ${known.source} in their order: nothing in the file names them. --classes does.`;
    return assumed ? { ...found, remarks: [remark, ...found.remarks] } : found;
  }
  const keep = (detections: readonly CocoDetection[]) => [...detections];
  return { categories: model.categories, keep, remarks: [] };
}

function leastScore({ score = LEAST_SCORE }: PredictChoices, { bestScore, name }: LoadedModel): number {
  if (score !== 'best') return score;
  if (bestScore !== undefined) return bestScore.score;
  throw new Error(
    `--score best: the metrics of the run have no best score of ${name}: no evaluation up to there found an object, or an older version made it. Give a number.`,
  );
}

function checkChoices(options: PredictChoices): void {
  const { run, model, weights, classes, size, scales, normEpsilon, score, checkpoint } = options;
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
  if (run === undefined && score === 'best')
    throw new UsageError('--score best goes with --run: it is what the evaluations of a run found.');
  if (options.renameClasses !== undefined && options.annotations === undefined)
    throw new UsageError('--rename-classes goes with --annotations: it says what they call differently.');
}

/** A file of weights has no names of networks: what its prefixes mean is one of two. */
function roleOf(modelOf: string): ModelRole {
  if (modelOf === 'teacher' || modelOf === 'student') return modelOf;
  throw new UsageError(`--model-of is ${modelOf}; with --weights it is teacher or student.`);
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
    ...(options.modelOf === undefined ? {} : { role: roleOf(options.modelOf) }),
    ...(options.weightsStyle === undefined ? {} : { images: options.weightsStyle }),
    ...(options.classes === undefined ? {} : { names: options.classes.split(',').map((c) => c.trim()) }),
    ...(categories === undefined ? {} : { categories }),
  });
}
