/** The sources that a config names, and how they are read. */
import {
  openSource,
  splitByFraction,
  type ClassSettings,
  type OpenedSource,
  type OpenSourceOptions,
  type SourceSpec,
} from '@sed/datasets-coco';
import { NO_PROBLEMS } from '@sed/datasets-coco/check';
import type { RunConfig } from '../config/schema.ts';

export type DataPart = 'labeled' | 'unlabeled' | 'validation';

/**
 * The sources of a part of the data; none for `rest-of-labeled`, or where the part is not there. Those of validation
 * images that are held out are the labeled ones.
 */
export function sourcesOfPart(data: RunConfig['data'], part: DataPart): SourceSpec[] {
  const spec = data[part];
  if (spec === undefined || spec === 'rest-of-labeled') return [];
  if ('percent' in spec) return sourcesOfPart(data, 'labeled');
  return (Array.isArray(spec) ? spec : [spec]).map((source): SourceSpec => {
    if ('voc' in source)
      return source.sets === undefined ? { voc: source.voc } : { voc: source.voc, sets: source.sets };
    if ('yolo' in source) {
      return source.set === undefined ? { yolo: source.yolo } : { yolo: source.yolo, set: source.set };
    }
    // Images alone, or with COCO's annotations: in the settings of unlabeled images these are one shape.
    const { annotations, images } = source;
    if (annotations === undefined) return { images };
    if (Array.isArray(images)) {
      throw new Error(`"data.${part}" has annotations: "images" must then be one folder, not a list.`);
    }
    return { annotations, images };
  });
}

/**
 * Opens a part of the data as a run does: boxes of no size are left out of images that are learnt from and kept for
 * evaluation, as in pycocotools; labels of unlabeled images are read where there are some.
 *
 * @param options `classes`: those of the labeled data, for the other parts, or of a run; the config's own come before.
 *   `classesOf`: what messages call their place
 * @throws Error that begins with the name of the setting
 */
export async function openDataPart(
  data: RunConfig['data'],
  part: DataPart,
  options: { readonly classes?: readonly string[]; readonly classesOf?: string } & Pick<
    OpenSourceOptions,
    'onFault' | 'degenerate'
  > = {},
): Promise<OpenedSource> {
  try {
    const opened = await openSource(sourcesOfPart(data, part), {
      onFault: options.onFault ?? data.onFault,
      degenerate: options.degenerate ?? (part === 'validation' ? 'keep' : 'drop'),
      unlabeled: part === 'unlabeled' ? 'where-absent' : false,
      ...classSettings(data, options.classes, options.classesOf),
    });
    return part === 'unlabeled' ? opened : heldOut(opened, data, part);
  } catch (error) {
    const { message } = error as Error;
    const text = message.startsWith(`"data.${part}`)
      ? message
      : message.startsWith('images: ')
        ? `"data.${part}.${message.replace(': ', '": ')}`
        : `"data.${part}": ${message}`;
    const hint =
      part === 'unlabeled' && message.startsWith('The classes of the sources')
        ? '\n→ labels of unlabeled images are read for telemetry alone: images without annotations need no classes'
        : '';
    throw new Error(text + hint, { cause: error });
  }
}

/**
 * The side of a part in data of which validation images are held out. What is wrong with the files is told of the
 * labeled ones alone.
 */
function heldOut(opened: OpenedSource, { validation }: RunConfig['data'], part: DataPart): OpenedSource {
  if (!('percent' in validation)) return opened;
  const drawn = splitByFraction({ dataset: opened, percent: validation.percent, fold: validation.fold });
  if (part === 'labeled') return { ...opened, ...drawn.hidden };
  const { notes: _, ...rest } = opened;
  return { ...rest, ...drawn.labeled, dropped: 0, clipped: 0, remarks: [], problems: NO_PROBLEMS };
}

/** Where the user named no classes, a list of classes in the other parts must have all of the labeled data's. */
function classSettings(
  data: RunConfig['data'],
  labeled: readonly string[] | undefined,
  of = 'data.labeled',
): ClassSettings {
  const { leaveOutClasses, renameClasses } = data;
  const classes = data.classes ?? labeled;
  return {
    ...(classes === undefined ? {} : { classes }),
    ...(classes === undefined || data.classes !== undefined ? {} : { everyClass: true, classesFrom: of }),
    ...(leaveOutClasses === undefined ? {} : { leaveOutClasses }),
    ...(renameClasses === undefined ? {} : { renameClasses }),
  };
}
