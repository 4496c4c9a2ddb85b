import { dirname, relative, resolve, sep } from 'node:path';
import { checkBox, type BoxPolicy } from '../coco/check-box.ts';
import type { LoadedDataset } from '../coco/load-coco.ts';
import { imageSize, type ImageSize } from '../image/decode.ts';
import { prefetch } from '../image/prefetch.ts';
import { Problems, type FaultPolicy } from '../problems.ts';
import { noteAlike } from '../sources/alike.ts';
import { imageIds } from '../sources/image-ids.ts';
import { readText } from '../sources/read-text.ts';
import type { Annotation, ImageRecord } from '../types.ts';
import { labelPath, listImages } from './list-images.ts';
import { readLabels } from './read-labels.ts';
import { readYoloYaml } from './read-yaml.ts';

/** What {@link loadYolo} is to read, and how strictly. */
export interface LoadYoloOptions {
  /** The `data.yaml`. */
  readonly yolo: string;
  /** Default `train`. */
  readonly set?: 'train' | 'val' | 'test';
  /** As in `loadCoco`. */
  readonly degenerate?: BoxPolicy;
  /** The images are used without labels: neither labels nor image sizes are read. Default false. */
  readonly unlabeled?: boolean;
  /** `stop` (default) throws one Error with everything that is wrong; `skip` leaves out the row or the image. */
  readonly onFault?: FaultPolicy;
}

/** Bytes of a label file; one of a thousand polygons has 0.5 MB. */
const LIMIT = 16 * 2 ** 20;
/** Files read at a time. */
const AHEAD = 32;

/**
 * Reads a YOLO data set: its `data.yaml` and the label files beside the images, by Ultralytics' rules. An image without
 * a label file has no object; if no image of the set has one, that is an error, as the folder is then another. The
 * boxes in pixels need the images' sizes, which are read from the files' headers (0.2 ms each) and are those after
 * EXIF's rotation.
 *
 * Image ids are the names' numbers where all names are such (`000000000139.jpg` is 139), else 1-based positions in path
 * order. Category ids count from 1 (class 0 is 1). `fileName` is relative to `path` of the yaml. The box of a polygon
 * is taken, its `area` is w·h.
 *
 * @throws Error that lists everything that is wrong, labels with their line; with `onFault: 'skip'` only where no image
 *   is left
 */
export async function loadYolo(options: LoadYoloOptions): Promise<LoadedDataset> {
  const { set = 'train', unlabeled = false, degenerate = 'error' } = options;
  const yaml = await readYoloYaml(options.yolo, set);
  const source = `${options.yolo} (${set})`;
  const problems = new Problems(source);
  const paths = await listImages(yaml.entries, yaml.root, problems);
  const ids = imageIds(paths);
  const counts = { dropped: 0, clipped: 0 };
  const notes = new Problems(source);
  const images: ImageRecord[] = [];
  let labelFiles = 0;
  let at = 0;
  const load = (path: string): Promise<Loaded> => (unlabeled ? Promise.resolve(NOTHING) : loadOne(path));
  // Read ahead, but checked in order, so that the problems come in order.
  for await (const { size, labels } of prefetch(paths, load, { ahead: AHEAD })) {
    const path = paths[at++] as string;
    const id = ids.get(path) as number;
    const fileName = relative(yaml.root, path).split(sep).join('/');
    if (typeof labels === 'string') labelFiles++;
    const file = labelPath(path);
    if (labels === undefined && !unlabeled) {
      notes.add({
        file: path,
        at: '',
        found: `there is no ${file}`,
        kind: 'images without a label file',
        advice:
          'they count as background, as in Ultralytics: right if nothing is in them, else label them or use them as unlabeled images',
        skips: 'nothing',
      });
    }
    const fault =
      size instanceof Error
        ? { file: path, error: size }
        : labels instanceof Error
          ? { file, error: labels }
          : undefined;
    if (fault !== undefined || size instanceof Error || labels instanceof Error) {
      const { file: faulty, error } = fault as { file: string; error: Error };
      problems.add({
        file: faulty,
        at: '',
        found: error.message,
        kind: faulty === path ? 'images that cannot be read' : 'label files that cannot be read',
        advice: 'copy or download them again, or take them out of the data set',
        skips: 'image',
      });
      problems.leaveOut('images');
      continue;
    }
    const annotations: Annotation[] = [];
    if (labels !== undefined && size !== undefined) {
      const rows = readLabels(labels, file, yaml.names.length, yaml.keypointValues, size, problems, notes);
      for (const { at: line, bbox, category } of rows) {
        const box = checkBox(bbox, { id, fileName, ...size }, degenerate, { file, at: line }, problems, notes);
        if (box === undefined) problems.leaveOut('annotations');
        else if (box === 'dropped') counts.dropped++;
        else {
          if (box.clipped) counts.clipped++;
          annotations.push({ id: 0, bbox: box.bbox, category, area: box.bbox[2] * box.bbox[3], crowd: false });
        }
      }
    }
    images.push({ id, path, fileName, ...size, annotations });
  }
  if (!unlabeled && labelFiles === 0 && paths.length > 0) {
    problems.add({
      at: '',
      found: `none of ${paths.length} images has a label file; that of ${paths[0]} would be ${labelPath(paths[0] as string)}`,
      kind: 'sets without labels',
      advice:
        "labels are in a folder 'labels' beside 'images', with the same subfolders and names; a set of background images alone cannot be learnt from",
      skips: 'nothing',
    });
    problems.throwIfAny();
  }
  if (options.onFault !== 'skip' || images.length === 0) problems.throwIfAny();
  images.sort((a, b) => a.id - b.id);
  if (!unlabeled) noteAlike(source, yaml.names, images, notes);
  let next = 1;
  return {
    source,
    // a set may be a list of images: those are then below the yaml, or the folder that it names
    roots: [dirname(resolve(options.yolo)), yaml.root, ...yaml.entries],
    categories: unlabeled ? [] : yaml.names.map((name, i) => ({ id: i + 1, name })),
    images: images.map((image) => ({ ...image, annotations: image.annotations.map((a) => ({ ...a, id: next++ })) })),
    ...counts,
    problems: problems.summary(),
    ...(notes.count === 0 ? {} : { notes: notes.summary() }),
  };
}

interface Loaded {
  readonly size: ImageSize | Error | undefined;
  /** The label file's text; undefined where there is none. */
  readonly labels: string | Error | undefined;
}

const NOTHING: Loaded = { size: undefined, labels: undefined };

async function loadOne(path: string): Promise<Loaded> {
  const size = await imageSize(path).catch(
    (error: Error) => new Error(error.message.replace(`Cannot read the image ${path}: `, '')),
  );
  const labels = await readText(resolve(labelPath(path)), LIMIT).catch((error: Error) =>
    (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT' ? undefined : error,
  );
  return { size, labels };
}
