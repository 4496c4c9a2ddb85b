import type { Problems } from '../problems.ts';
import { quote } from '../sources/names.ts';
import type { Dataset } from '../types.ts';

/** Of all boxes, more than this part being crowds is worth a word. */
const MOST = 0.5;

/**
 * Notes what numbers measured on a data set rest on that a user would not expect: nothing to be found, classes without
 * an object, crowds in place of objects, annotations with the id 0.
 */
export function noteMeasured(dataset: Dataset, notes: Problems): void {
  const { source: file, categories, images } = dataset;
  const boxes = categories.map(() => 0);
  let [all, crowds] = [0, 0];
  for (const { annotations } of images) {
    for (const { category, crowd } of annotations) {
      all++;
      if (crowd) crowds++;
      else boxes[category] = (boxes[category] ?? 0) + 1;
    }
  }
  const note = (kind: string, found: string, advice: string) =>
    notes.add({ file, at: '', found, kind, advice, skips: 'nothing' });
  if (all === crowds) {
    const found = all === 0 ? `no box in ${images.length} images` : `all ${all} boxes are crowds`;
    note('data that measures nothing', found, 'every number will be undefined (-1): the metrics need single objects');
    noteIdsOf0(dataset, notes);
    return;
  }
  const without = categories.filter((_, i) => boxes[i] === 0).map(({ name }) => name);
  if (without.length > 0) {
    note(
      'classes that are not measured',
      `${without.length} of ${categories.length} have no single object here: ${quote(without, 8)}`,
      'their AP is undefined and the mean is of the others',
    );
  }
  noteIdsOf0(dataset, notes);
  noteCrowds(file, crowds, all, notes);
}

/**
 * Of what {@link noteMeasured} says, what is true of the annotations whatever is detected: ids of 0, and crowds in
 * place of objects.
 */
export function noteTraps(dataset: Dataset, notes: Problems): void {
  noteIdsOf0(dataset, notes);
  const crowds = dataset.images.reduce((n, { annotations }) => n + annotations.filter(({ crowd }) => crowd).length, 0);
  const all = dataset.images.reduce((n, { annotations }) => n + annotations.length, 0);
  noteCrowds(dataset.source, crowds, all, notes);
}

/** pycocotools marks the match of a detection by the annotation's id, and takes 0 for none (cocoapi #332, #507). */
export function noteIdsOf0({ source: file, images }: Dataset, notes: Problems): void {
  for (const image of images) {
    for (const { id } of image.annotations) {
      if (id !== 0) continue;
      notes.add({
        file,
        at: `annotation id 0 of image id ${image.id}`,
        found: 'an annotation has the id 0',
        kind: 'annotation ids of 0',
        advice:
          "COCO's metrics, as pycocotools computes them, take a match with id 0 for no match: its object counts as missed and AP is too low, " +
          'even of detections that equal the labels; number annotations from 1',
        skips: 'nothing',
      });
    }
  }
}

/** Crowds are regions of many objects: a tool that sets the flag on everything makes nothing learnt or measured. */
export function noteCrowds(file: string, crowds: number, all: number, notes: Problems): void {
  if (crowds <= MOST * all) return;
  notes.add({
    file,
    at: '',
    found: `${crowds} of ${all} boxes are crowds`,
    kind: 'data of mostly crowds',
    advice: 'crowds are not learnt, and metrics ignore them: set iscrowd to 0 where a box is one object',
    skips: 'nothing',
  });
}
