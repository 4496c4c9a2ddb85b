/** The data that `data stats` and `data browse` look at: sources of the options, or a part of a run's data. */
import { basename, dirname } from 'node:path';
import { openSource, type Dataset, type SourceSpec } from '@sed/datasets-coco';
import { sentencesOf } from '@sed/datasets-coco/check';
import { imageSize, prefetch } from '@sed/datasets-coco/image';
import type { Context } from '../../context.ts';
import { sourceSettingsOf, sourcesOf, type SourceChoices } from '../../sources/source-options.ts';
import type { Talk } from '../../ui/console.ts';
import { progressBar } from '../../ui/progress-bar.ts';

export interface NamedData {
  /** Short, for titles. */
  readonly name: string;
  /** Where it was read from. */
  readonly sources: readonly string[];
  readonly dataset: Dataset;
  /** Ids of the images whose source has no labels. */
  readonly withoutLabels: ReadonlySet<number>;
  /** What was left out, in sentences. */
  readonly notes: readonly string[];
}

/**
 * All sources of the options as one data set; images alone may stand beside labeled ones. Boxes without an area are
 * left out, as in training.
 *
 * @param settings.annotationsOnly image files need not be there, nor their folder be named
 */
export async function openSources(
  options: SourceChoices,
  context: Context,
  settings: { readonly annotationsOnly?: boolean } = {},
): Promise<NamedData> {
  const annotationsOnly = settings.annotationsOnly === true;
  const specs = sourcesOf(options, context, { imagesOptional: annotationsOnly });
  const opened = await openSource(specs, {
    ...sourceSettingsOf(options),
    degenerate: 'drop',
    checkImages: !annotationsOnly,
    unlabeled: 'where-absent',
  });
  const { notes, remarks, problems } = opened;
  return {
    name: specs.map(nameOf).join(' + '),
    sources: opened.source.split(' + '),
    dataset: opened,
    withoutLabels: opened.withoutLabels,
    notes: [
      ...remarks,
      ...(notes === undefined ? [] : sentencesOf(notes)),
      ...(problems.total > 0
        ? [
            `Faults skipped: ${problems.byKind.map(({ kind, count }) => `${count} × ${kind}`).join(', ')}. See \`sed-cli data check\`.`,
          ]
        : []),
    ],
  };
}

/** `coco-open/instances_val`, `VOC2007 trainval`, `photos`: what a title can carry. */
export function nameOf(spec: SourceSpec): string {
  const asList = (value: string | readonly string[]) => (typeof value === 'string' ? [value] : [...value]);
  if ('annotations' in spec) {
    return asList(spec.annotations)
      .map((file) => {
        const folder = dirname(file);
        const above = basename(folder) === 'annotations' ? basename(dirname(folder)) : basename(folder);
        return `${above}/${basename(file).replace(/\.json$/i, '')}`;
      })
      .join(' + ');
  }
  if ('voc' in spec)
    return [basename(spec.voc), ...(spec.sets === undefined ? [] : [asList(spec.sets).join(' + ')])].join(' ');
  if ('yolo' in spec) return `${basename(dirname(spec.yolo))}${spec.set === undefined ? '' : ` ${spec.set}`}`;
  return asList(spec.images)
    .map((path) => basename(path))
    .join(' + ');
}

/** Image headers read at a time. */
const AT_ONCE = 16;

/**
 * The data set with the size of every image; where the annotations do not state it, it is read from the file.
 *
 * @param settings.tolerant leaves the size of a file that cannot be read unknown, instead of an error that names it
 */
export async function withSizes(
  dataset: Dataset,
  talk: Talk,
  settings: { readonly tolerant?: boolean } = {},
): Promise<Dataset> {
  const missing = dataset.images.filter((image) => image.width === undefined || image.height === undefined);
  if (missing.length === 0) return dataset;
  const sizes = new Map<string, { width: number; height: number }>();
  let done = 0;
  const read = async ({ path }: { readonly path: string }) => {
    const size = settings.tolerant ? await imageSize(path).catch(() => undefined) : await imageSize(path);
    if (size) sizes.set(path, { width: size.width, height: size.height });
  };
  for await (const _ of prefetch(missing, read, { ahead: AT_ONCE })) {
    talk.status(progressBar('image sizes', ++done / missing.length, `${done} of ${missing.length}`));
  }
  talk.clear();
  return { ...dataset, images: dataset.images.map((image) => ({ ...image, ...sizes.get(image.path) })) };
}
