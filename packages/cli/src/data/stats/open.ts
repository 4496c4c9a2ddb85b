/** The data that `data stats` and `data browse` look at: sources of the options, or a part of a run's data. */
import { basename, dirname } from 'node:path';
import { imageSize, loadCoco, openFolder, prefetch, type Dataset, type SourceSpec } from '@sed/datasets-coco';
import { ConfigError, loadConfig, type RunConfig } from '@sed/trainer';
import type { Context } from '../../context.ts';
import { UsageError } from '../../errors.ts';
import { sourcesOf, type SourceChoices } from '../../sources/source-options.ts';
import type { Talk } from '../../ui/console.ts';
import { progressBar } from '../../ui/progress-bar.ts';

export interface NamedData {
  /** Short, for titles. */
  readonly name: string;
  /** Where it was read from. */
  readonly sources: readonly string[];
  readonly dataset: Dataset;
  /** What was left out, in sentences. */
  readonly notes: readonly string[];
}

/** Reads the config that `--config` names; refuses sources beside it. */
export function configOf(file: string, options: SourceChoices, context: Context): RunConfig {
  if (options.coco ?? options.voc ?? options.yolo ?? options.images)
    throw new UsageError('--config names the data already: leave out --coco, --voc, --yolo and --images.');
  try {
    return loadConfig(context.path(file));
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.message);
    throw error;
  }
}

/** All sources of the options as one data set. */
export async function openSources(options: SourceChoices, context: Context): Promise<NamedData> {
  const specs = sourcesOf(options, context);
  const opened = await Promise.all(specs.map(open));
  if (opened.length > 1) throw new UsageError('Several sources are not read here yet.');
  return { name: specs.map(nameOf).join(' + '), sources: opened.map((d) => d.source), dataset: opened[0]!, notes: [] };
}

async function open(spec: SourceSpec): Promise<Dataset> {
  if ('annotations' in spec) return loadCoco({ ...spec, degenerate: 'drop' });
  if ('images' in spec) return openFolder({ images: spec.images });
  throw new UsageError('VOC and YOLO are not read here yet.');
}

/** `coco-open/instances_val`, `VOC2007 trainval`, `photos`: what a title can carry. */
export function nameOf(spec: SourceSpec): string {
  const list = (value: string | readonly string[]) => (typeof value === 'string' ? [value] : [...value]);
  if ('annotations' in spec) {
    return list(spec.annotations)
      .map((file) => {
        const folder = dirname(file);
        const above = basename(folder) === 'annotations' ? basename(dirname(folder)) : basename(folder);
        return `${above}/${basename(file).replace(/\.json$/i, '')}`;
      })
      .join(' + ');
  }
  if ('voc' in spec) return `${basename(spec.voc)} ${list(spec.sets).join(' + ')}`;
  if ('yolo' in spec) return `${basename(dirname(spec.yolo))}${spec.set === undefined ? '' : ` ${spec.set}`}`;
  return list(spec.images)
    .map((path) => basename(path))
    .join(' + ');
}

/** Image headers read at a time. */
const AT_ONCE = 16;

/** The data set with the size of every image; where the annotations do not state it, it is read from the file. */
export async function withSizes(dataset: Dataset, talk: Talk): Promise<Dataset> {
  const missing = dataset.images.filter((image) => image.width === undefined || image.height === undefined);
  if (missing.length === 0) return dataset;
  const sizes = new Map<string, { width: number; height: number }>();
  for await (const { path, size } of prefetch(missing, async ({ path }) => ({ path, size: await imageSize(path) }), {
    ahead: AT_ONCE,
  })) {
    sizes.set(path, { width: size.width, height: size.height });
    talk.status(progressBar('image sizes', sizes.size / missing.length, `${sizes.size} of ${missing.length}`));
  }
  talk.clear();
  return { ...dataset, images: dataset.images.map((image) => ({ ...image, ...sizes.get(image.path) })) };
}
