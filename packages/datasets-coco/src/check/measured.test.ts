import { Problems } from '../problems.ts';
import type { Annotation, Dataset } from '../types.ts';
import { noteMeasured } from './measured.ts';

const box = (id: number, category = 0, crowd = false): Annotation => ({
  id,
  bbox: [1, 1, 9, 9],
  category,
  area: 81,
  crowd,
});

function kindsOf(annotations: readonly Annotation[]) {
  const dataset: Dataset = {
    source: 'val.json',
    categories: [
      { id: 1, name: 'cat' },
      { id: 2, name: 'dog' },
    ],
    images: [{ id: 1, path: '/a.jpg', fileName: 'a.jpg', annotations }],
  };
  const notes = new Problems('val.json');
  noteMeasured(dataset, notes);
  return Object.fromEntries(
    notes.summary().byKind.map(({ kind, count, examples }) => [kind, [count, examples[0]?.found]]),
  );
}

test.each<[string, Annotation[], Record<string, unknown>]>([
  ['nothing odd', [box(1), box(2, 1)], {}],
  ['no box', [], { 'data that measures nothing': [1, 'no box in 1 images'] }],
  ['crowds alone', [box(1, 0, true)], { 'data that measures nothing': [1, 'all 1 boxes are crowds'] }],
  [
    'mostly crowds',
    [box(1), box(2, 1), box(3, 0, true), box(4, 0, true), box(5, 1, true)],
    { 'data of mostly crowds': [1, '3 of 5 boxes are crowds'] },
  ],
  [
    'a class of crowds alone',
    [box(1), box(2, 1, true)],
    { 'classes that are not measured': [1, "1 of 2 have no single object here: 'dog'"] },
  ],
  ['ids from 0', [box(0), box(1, 1)], { 'annotation ids of 0': [1, 'an annotation has the id 0'] }],
])('%s', (_, annotations, kinds) => {
  expect(kindsOf(annotations)).toEqual(kinds);
});
