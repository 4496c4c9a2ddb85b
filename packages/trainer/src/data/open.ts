/** Opens the data of a config and checks that its parts go together. Nothing is decoded yet. */
import {
  checkClasses,
  loadCoco,
  openFolder,
  overlap,
  splitByFraction,
  withoutAnnotations,
  type Dataset,
  type ImageRecord,
} from '@sed/datasets-coco';
import type { RunConfig } from '../config/schema.ts';

export interface RunData {
  readonly labeled: Dataset;
  /** Images without their labels; undefined where the method uses none. */
  readonly unlabeled: Dataset | undefined;
  /** The unlabeled images with the labels that they really have, where those are known. For telemetry only. */
  readonly hidden: Dataset | undefined;
  readonly validation: Dataset;
  readonly classes: readonly string[];
  /** What the user should know about the data, in sentences. */
  readonly notes: readonly string[];
}

/** @throws Error that names the files and what to do, for anything that would fail later in the run */
export async function openData(config: RunConfig): Promise<RunData> {
  const { data, method } = config;
  const notes: string[] = [];
  const all = await named('data.labeled', loadCoco({ ...data.labeled, degenerate: 'drop' }));
  if (all.dropped + all.clipped > 0) {
    notes.push(
      `${all.source}: boxes without an area, left out: ${all.dropped}; boxes that reach out of their image, cut: ${all.clipped}.`,
    );
  }
  // evaluation takes the boxes as they are, like pycocotools
  const validation = await named('data.validation', loadCoco({ ...data.validation, degenerate: 'keep' }));
  const split = data.split && splitByFraction({ dataset: all, ...data.split });
  const labeled: Dataset = split?.labeled ?? all;
  const { unlabeled, hidden } = method.kind === 'supervised' ? NONE : await openUnlabeled(data, split);

  checkClasses({ labeled, validation, ...(hidden ? { unlabeled: hidden } : {}) });
  if (labeled.categories.length === 0)
    throw new Error(`${labeled.source} names no classes: its "categories" are empty.`);
  if (labeled.images.length === 0) throw new Error(`${labeled.source} has no images: nothing can be learnt from it.`);
  if (validation.images.length === 0)
    throw new Error(`${validation.source} has no images: nothing can be evaluated on it.`);
  const boxes = labeled.images.reduce((n, image) => n + image.annotations.filter((a) => !a.crowd).length, 0);
  if (boxes === 0)
    throw new Error(
      `"data.labeled": no box in the labeled images (${labeled.images.length}) of ${labeled.source}: a detector cannot learn from them.`,
    );
  notes.push(...missingClasses(labeled));
  for (const other of [unlabeled, validation]) {
    const warning = other && overlap(labeled, other).warning;
    if (warning) notes.push(warning);
  }
  const leaked = unlabeled && overlap(unlabeled, validation).images.length;
  if (leaked)
    notes.push(
      `${leaked} of the validation images are among the unlabeled ones (transductive learning: say so with the numbers).`,
    );
  return { labeled, unlabeled, hidden, validation, classes: labeled.categories.map((c) => c.name), notes };
}

/** Puts the setting in front of what is wrong with its files. */
function named<T>(setting: string, opening: Promise<T>): Promise<T> {
  return opening.catch((error: Error) => {
    const message = error.message.startsWith('images: ')
      ? `"${setting}.${error.message.replace(': ', '": ')}`
      : `"${setting}": ${error.message}`;
    throw new Error(message, { cause: error });
  });
}

const NONE = { unlabeled: undefined, hidden: undefined };

async function openUnlabeled(
  data: RunConfig['data'],
  split: { unlabeled: Dataset; hidden: Dataset } | undefined,
): Promise<{ unlabeled: Dataset; hidden: Dataset | undefined }> {
  if (data.unlabeled === 'rest-of-labeled') {
    if (split!.unlabeled.images.length === 0) {
      throw new Error(
        '"data.split" labels every image: "rest-of-labeled" leaves no unlabeled image. Lower "data.split.percent".',
      );
    }
    return split!;
  }
  const { images, annotations } = data.unlabeled!;
  if (annotations === undefined)
    return { unlabeled: await named('data.unlabeled', openFolder({ images })), hidden: undefined };
  if (Array.isArray(images))
    throw new Error('"data.unlabeled" has annotations: "images" must then be one folder, not a list.');
  const hidden = await named('data.unlabeled', loadCoco({ annotations, images, degenerate: 'drop' }));
  if (hidden.images.length === 0) throw new Error(`${hidden.source} has no images.`);
  return { unlabeled: withoutAnnotations(hidden), hidden };
}

function missingClasses(labeled: Dataset): string[] {
  const seen = new Set(labeled.images.flatMap((image) => image.annotations.map((a) => a.category)));
  const missing = labeled.categories.filter((_, i) => !seen.has(i)).map((c) => c.name);
  if (missing.length === 0) return [];
  const names = missing.slice(0, 8).join(', ') + (missing.length > 8 ? ', …' : '');
  return [
    `${missing.length} of ${labeled.categories.length} classes have no box in the labeled images (${names}): they cannot be learnt.`,
  ];
}

/** Boxes of an image as a trainer takes them: `[N, 4]` corners and class indices, crowds left out. */
export function objectsOf(image: ImageRecord): { boxes: Float32Array; labels: Int32Array } {
  const single = image.annotations.filter((a) => !a.crowd);
  return {
    boxes: Float32Array.from(single.flatMap(({ bbox: [x, y, w, h] }) => [x, y, x + w, y + h])),
    labels: Int32Array.from(single, (a) => a.category),
  };
}
