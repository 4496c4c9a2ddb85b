import { loadCoco, readCoco, type LoadedDataset } from '../coco/load-coco.ts';
import type { BoxPolicy } from '../coco/check-box.ts';
import { openFolder } from '../folder/open-folder.ts';
import { NO_PROBLEMS, Problems, type FaultPolicy } from '../problems.ts';
import type { Dataset, SourceSpec } from '../types.ts';
import { loadVoc } from '../voc/load-voc.ts';
import { loadYolo } from '../yolo/load-yolo.ts';
import { applyClasses } from './apply-classes.ts';
import { agreeOnClasses, type ClassSettings, type SourceClasses } from './classes.ts';
import { noteAlike } from './alike.ts';
import { joinSources } from './join.ts';

/** How {@link openSource} reads. */
export interface OpenSourceOptions extends ClassSettings {
  /** As in `loadCoco`. */
  readonly degenerate?: BoxPolicy;
  /** As in `loadCoco`: `stop` (default) at what is wrong, or `skip` it and count it in `problems`. */
  readonly onFault?: FaultPolicy;
  /**
   * `false` (default): sources have labels, and images alone beside such sources are an error, as their objects would
   * count as background. `true`: labels are not read. `'where-absent'`: labels are read where there are some; a folder,
   * or a COCO file without `annotations`, has none.
   */
  readonly unlabeled?: boolean | 'where-absent';
  /** Whether image files are looked for (YOLO's always are). Default true; evaluation needs none. */
  readonly checkImages?: boolean;
}

/** A data set of one source or several. */
export interface OpenedSource extends LoadedDataset {
  /** What was done to make one data set of the sources, in sentences: classes left out, images numbered anew. */
  readonly remarks: readonly string[];
  /**
   * Ids of the images whose sources have no labels; the other images without annotations are known to have no object.
   */
  readonly withoutLabels: ReadonlySet<number>;
}

/**
 * Opens a data set of any format, or several as one: COCO, VOC, YOLO, images alone.
 *
 * Classes are matched by name. With `classes` every source is checked against that list; names of a source that are not
 * in it are an error, unless `leaveOutClasses` has them or `renameClasses` gives them a name that is. Without it all
 * sources must name the same classes, in any order; the first source's order counts. VOC has no list of its own: the
 * names of its objects must be among the others'. Category ids are COCO's where the COCO sources agree on them, else
 * they count from 1.
 *
 * Image ids stay as they are unless two sources have the same one; the later source's images are then numbered on from
 * the largest id before. Annotation ids are numbered anew where there are several sources. `fileName` is unique in the
 * result only within a source.
 *
 * @throws Error that names the source, and what to do
 */
export async function openSource(
  spec: SourceSpec | readonly SourceSpec[],
  options: OpenSourceOptions = {},
): Promise<OpenedSource> {
  const specs: readonly SourceSpec[] = isList(spec) ? spec : [spec];
  if (specs.length === 0) throw new Error('The list of sources is empty: name at least one.');
  const opened: Opened[] = [];
  for (const one of specs) opened.push(await openOne(one, options));
  const annotated = opened.filter((source) => source.annotated);
  if (options.unlabeled !== true && options.unlabeled !== 'where-absent') refuseMixed(opened);
  const remarks: string[] = [];
  const plan = agreeOnClasses(
    annotated.map((source) => classesOf(source)),
    options,
  );
  remarks.push(...plan.remarks);
  const mapped = opened.map(({ dataset, annotated: has }) => {
    const mapping = has ? plan.mappings.shift() : undefined;
    if (mapping === undefined) return { ...dataset, categories: plan.categories };
    const { dataset: changed, remark } = applyClasses(dataset, mapping, plan.categories);
    if (remark !== undefined) remarks.push(remark);
    return changed;
  });
  const { dataset: joined, ids } = joinSources(mapped, remarks);
  const problems = new Problems(joined.source);
  const notes = new Problems(joined.source);
  for (const { dataset } of opened) {
    problems.merge(dataset.problems);
    if (dataset.notes) notes.merge(dataset.notes);
  }
  if (opened.length > 1) noteAcross(opened, joined, notes);
  return {
    ...joined,
    dropped: opened.reduce((n, { dataset }) => n + dataset.dropped, 0),
    clipped: opened.reduce((n, { dataset }) => n + dataset.clipped, 0),
    problems: problems.count === 0 ? NO_PROBLEMS : problems.summary(),
    ...(notes.count === 0 ? {} : { notes: notes.summary() }),
    remarks,
    withoutLabels: new Set(ids.flatMap((own, i) => (opened[i]?.annotated ? [] : own))),
  };
}

/**
 * Names that are nearly the same, one in one source and one in another: folders of VOC have no lists that must agree.
 */
function noteAcross(opened: readonly Opened[], { source, categories, images }: Dataset, notes: Problems): void {
  const lists = opened.map(({ dataset }) => new Set(dataset.categories.map(({ name }) => name)));
  const names = categories.map(({ name }) => name);
  noteAlike(source, names, images, notes, (a, b) => lists.some((list) => list.has(a) && list.has(b)));
}

const isList = (spec: SourceSpec | readonly SourceSpec[]): spec is readonly SourceSpec[] => Array.isArray(spec);

interface Opened {
  readonly dataset: LoadedDataset;
  readonly format: 'coco' | 'voc' | 'yolo' | 'images';
  /** Whether the images have labels, if only none. */
  readonly annotated: boolean;
}

async function openOne(spec: SourceSpec, options: OpenSourceOptions): Promise<Opened> {
  const { unlabeled = false, checkImages = true } = options;
  const common = {
    ...(options.degenerate === undefined ? {} : { degenerate: options.degenerate }),
    ...(options.onFault === undefined ? {} : { onFault: options.onFault }),
  };
  const ignored = unlabeled === true;
  if ('annotations' in spec) {
    const dataset = await (checkImages ? loadCoco : readCoco)({ ...spec, ...common, unlabeled });
    return { dataset, format: 'coco', annotated: !ignored && dataset.categories.length > 0 };
  }
  if ('voc' in spec) {
    const dataset = await loadVoc({ ...spec, ...common, unlabeled: ignored, checkImages });
    return { dataset, format: 'voc', annotated: !ignored };
  }
  if ('yolo' in spec) {
    return { dataset: await loadYolo({ ...spec, ...common, unlabeled: ignored }), format: 'yolo', annotated: !ignored };
  }
  const folder = await openFolder({
    images: spec.images,
    ...(options.onFault === undefined ? {} : { onFault: options.onFault }),
  });
  return { dataset: { dropped: 0, clipped: 0, ...folder }, format: 'images', annotated: false };
}

function refuseMixed(opened: readonly Opened[]): void {
  const bare = opened.filter(({ annotated }) => !annotated);
  const has = opened.find(({ annotated }) => annotated);
  if (bare.length === 0 || has === undefined) return;
  throw new Error(
    `${bare.map(({ dataset }) => dataset.source).join(' and ')} has images without annotations, but ${has.dataset.source} has annotations: together ` +
      'every object in the former would count as background. Give the images as unlabeled ones, or take them out.',
  );
}

/** The names that a source has: its list, or in VOC, which has none, the names of its objects. */
function classesOf({ dataset, format }: Opened): SourceClasses {
  const { source, categories } = dataset;
  if (format !== 'voc') return { source, categories, names: categories.map(({ name }) => name), listed: true, format };
  const seen = new Set(dataset.images.flatMap((image) => image.annotations.map((a) => a.category)));
  const names = categories.filter((_, i) => seen.has(i)).map(({ name }) => name);
  return { source, categories, names, listed: false, format };
}
