/** Opens the data of a config and checks that its parts go together. Nothing is decoded yet. */
import type { Dataset, ImageRecord, OpenedSource, ProblemSummary } from '@sed/datasets-coco';
import { findUnused, noteTraps, overlap, Problems, sentencesOf, unusedText } from '@sed/datasets-coco/check';
import { subset, withoutAnnotations } from '@sed/datasets-coco/split';
import { standardMethods, usesUnlabeled } from '@sed/methods';
import { methodPlan, type Methods } from '../config/method-plan.ts';
import type { RunConfig } from '../config/schema.ts';
import { openDataPart, sourcesOfPart, type DataPart } from './sources.ts';
import { splitLabeled } from './split-labeled.ts';

/** What notes of the data end with where there is more to be known. */
export const LISTED = 'checkData() of @sed/datasets-coco lists them.';

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
  /** What `data.onFault: "skip"` left out, and why. */
  readonly problems?: ProblemSummary;
}

/** Classes that the data must have, in the order of the detector's outputs, and whose they are. */
export interface GivenClasses {
  readonly classes: readonly string[];
  /** What messages call their place. */
  readonly of: string;
}

/**
 * @param given where a run goes on: the data's classes are matched with these by name, whatever order they come in
 * @param methods that the config may name. Default: the standard ones
 * @throws Error that names the files and what to do, for anything that would fail later in the run
 */
export async function openData(
  config: RunConfig,
  given?: GivenClasses,
  methods: Methods = standardMethods,
): Promise<RunData> {
  const { data } = config;
  const withUnlabeled = usesUnlabeled(methodPlan(config, methods));
  const notes: string[] = [];
  const problems = new Problems('data');
  const errors: Error[] = [];
  /** Undefined where it fails: what is wrong with the other parts is to be said as well. */
  const open = async (part: DataPart, classes: GivenClasses | undefined): Promise<OpenedSource | undefined> => {
    try {
      const opened = await openDataPart(data, part, classes && { classes: classes.classes, classesOf: classes.of });
      notes.push(...notesOf(part, opened));
      problems.merge(opened.problems);
      return opened;
    } catch (error) {
      errors.push(error as Error);
      return undefined;
    }
  };
  const all = await open('labeled', given);
  const found = all?.categories.map((c) => c.name) ?? [];
  const names = given ?? (found.length === 0 ? undefined : { classes: found, of: 'data.labeled' });
  // what is held out of the labeled images fails as they do
  const own = !('percent' in data.validation);
  const validation = all || own ? await open('validation', names) : undefined;
  const more = withUnlabeled && data.unlabeled !== 'rest-of-labeled' ? await open('unlabeled', names) : undefined;
  const [first] = errors;
  if (first !== undefined && errors.length === 1) throw first;
  if (errors.length > 0) throw new AggregateError(errors, errors.map(({ message }) => message).join('\n'));
  if (!all || !validation) throw new Error('unreachable: a part that was not opened is an error');
  const split = await splitLabeled(all, data);
  const labeled: Dataset = split?.labeled ?? all;
  const { unlabeled, hidden } = !withUnlabeled ? NONE : more ? hiddenOf(more) : restOf(split!);

  if (labeled.categories.length === 0)
    throw new Error(`${labeled.source} names no classes: its "categories" are empty.`);
  if (labeled.images.length === 0) throw new Error(`${labeled.source} has no images: nothing can be learnt from it.`);
  if (validation.images.length === 0)
    throw new Error(`${validation.source} has no images: nothing can be evaluated on it.`);
  const boxes = labeled.images.reduce((n, image) => n + image.annotations.filter(isLearnt).length, 0);
  if (boxes === 0)
    throw new Error(
      `"data.labeled": no box in the labeled images (${labeled.images.length}) of ${labeled.source}: a detector cannot learn from them.`,
    );
  notes.push(...missingClasses(labeled));
  const shared = [
    unlabeled && overlap(labeled, unlabeled, ['labeled', 'unlabeled']),
    overlap(labeled, validation, ['labeled', 'validation']),
    unlabeled && overlap(unlabeled, validation, ['unlabeled', 'validation']),
  ];
  for (const found of shared) if (found?.warning !== undefined) notes.push(found.warning);
  const measured = new Problems(validation.source);
  noteTraps(validation, measured); // what is not measured is a warning of the run
  notes.push(...sentencesOf(measured.summary()).map((text) => `"data.validation": ${text}`));
  const unused = await unusedNote(data, [all, validation, ...(more ? [more] : [])]);
  if (unused !== undefined) notes.push(unused);
  const classes = labeled.categories.map((c) => c.name);
  const leftOut = problems.count === 0 ? {} : { problems: problems.summary() };
  return { labeled, unlabeled, hidden, validation, classes, notes, ...leftOut };
}

function notesOf(part: DataPart, { notes: odd, problems, remarks }: OpenedSource): string[] {
  const notes = [...remarks];
  if (odd !== undefined) notes.push(...sentencesOf(odd).map((text) => `"data.${part}": ${text}`));
  if (problems.total > 0) {
    const { images, annotations, files, categories } = problems.leftOut;
    const gone = Object.entries({ images, annotations, categories, files }).filter(([, n]) => n > 0);
    const kinds = problems.byKind.map(({ kind, count }) => `${count} × ${kind}`).join(', ');
    notes.push(
      `"data.${part}": ${problems.total} ${problems.total === 1 ? 'fault' : 'faults'} (${kinds}); left out: ` +
        `${gone.length === 0 ? 'nothing' : gone.map(([what, n]) => `${n} ${what}`).join(', ')}. ${LISTED}`,
    );
  }
  return notes;
}

/** What lies in the folders of the data and no part uses, counted. */
async function unusedNote(data: RunConfig['data'], opened: readonly OpenedSource[]): Promise<string | undefined> {
  const parts = ['labeled', 'validation', 'unlabeled'] as const;
  const unused = await findUnused(
    parts.slice(0, opened.length).flatMap((part) => sourcesOfPart(data, part)),
    opened.flatMap(({ images }) => images.map(({ path }) => path)),
  );
  if (unused.total === 0) return undefined;
  return `${unused.total} of the files below the folders of the data are not used: ${unusedText(unused)}. ` + LISTED;
}

const NONE = { unlabeled: undefined, hidden: undefined };

function restOf(split: { unlabeled: Dataset; hidden: Dataset }): { unlabeled: Dataset; hidden: Dataset } {
  if (split.unlabeled.images.length === 0) {
    throw new Error(
      '"data.split" labels every image: "rest-of-labeled" leaves no unlabeled image. Lower "data.split.percent".',
    );
  }
  return split;
}

/** The images without their labels, and those whose labels are known. */
function hiddenOf(opened: OpenedSource): { unlabeled: Dataset; hidden: Dataset | undefined } {
  const { source, categories, images, withoutLabels } = opened;
  if (images.length === 0) throw new Error(`${source} has no images.`);
  const known = images.filter(({ id }) => !withoutLabels.has(id)).map(({ id }) => id);
  const all: Dataset = { source, categories, images };
  return { unlabeled: withoutAnnotations(all), hidden: known.length === 0 ? undefined : subset(all, known) };
}

function missingClasses(labeled: Dataset): string[] {
  const seen = new Set(labeled.images.flatMap((image) => image.annotations.filter(isLearnt).map((a) => a.category)));
  const missing = labeled.categories.filter((_, i) => !seen.has(i)).map((c) => c.name);
  if (missing.length === 0) return [];
  const names = missing.slice(0, 8).join(', ') + (missing.length > 8 ? ', …' : '');
  return [
    `${missing.length} of ${labeled.categories.length} classes have no box in the labeled images (${names}): they cannot be learnt.`,
  ];
}

/** What a detector learns: neither crowds nor objects that VOC calls difficult. */
const isLearnt = ({ crowd, difficult }: ImageRecord['annotations'][number]): boolean => !crowd && !difficult;

/**
 * Boxes of an image as a trainer takes them: `[N, 4]` corners and class indices, crowds and difficult ones left out.
 */
export function objectsOf(image: ImageRecord): { boxes: Float32Array; labels: Int32Array } {
  const single = image.annotations.filter(isLearnt);
  return {
    boxes: Float32Array.from(single.flatMap(({ bbox: [x, y, w, h] }) => [x, y, x + w, y + h])),
    labels: Int32Array.from(single, (a) => a.category),
  };
}
