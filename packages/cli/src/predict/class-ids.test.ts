import type { Category, CocoDetection } from '@sed/datasets-coco';
import { idsByName } from './class-ids.ts';

const named = (...names: string[]): Category[] => names.map((name, i) => ({ id: i + 1, name }));
const file = (...categories: [number, string][]) => ({
  source: 'val.json',
  categories: categories.map(([id, name]) => ({ id, name })),
});
const detection = (category_id: number): CocoDetection => ({ image_id: 1, category_id, bbox: [0, 0, 1, 1], score: 1 });

test('ids are those that the file gives to the names', () => {
  const { categories, keep, remarks } = idsByName(
    named('ball', 'bird', 'Größe'),
    file([1, 'bird'], [7, 'ball'], [9, 'Gro\u0308ße']),
  );
  expect(categories).toEqual([
    { id: 7, name: 'ball' },
    { id: 1, name: 'bird' },
    { id: 9, name: 'Größe' },
  ]);
  expect(remarks).toEqual([]);
  expect(keep([detection(7), detection(9)])).toHaveLength(2);
});

test('a class that the file lacks has no id there and is left out; both differences are told', () => {
  const { categories, keep, remarks } = idsByName(named('ball', 'dragon'), file([5, 'ball'], [2, 'bird']));
  expect(categories[0]!.id).toBe(5);
  expect([2, 5]).not.toContain(categories[1]!.id);
  expect(keep(categories.map(({ id }) => detection(id)))).toEqual([detection(5)]);
  expect(remarks).toEqual([
    "val.json has no class 'dragon', which the model has: such detections are left out.",
    "The model has no class 'bird' of val.json: an evaluation on that file counts such objects as missed.",
  ]);
});

test('outputs that nobody has named are left out without a word', () => {
  const { keep, categories, remarks } = idsByName(
    [
      { id: 0, name: 'class 0' },
      { id: 1, name: 'person' },
    ],
    file([1, 'person']),
  );
  expect(remarks).toEqual([]);
  expect(keep(categories.map(({ id }) => detection(id)))).toHaveLength(1);
});

test('no name in common is refused with both lists', () => {
  expect(() => idsByName(named('cat', 'dog'), file([1, 'ball']))).toThrow(
    /No class of the model is in val\.json: the model has 'cat', 'dog', the file 'ball'/,
  );
});

test('a name that is written differently is refused with the pair, and renaming mends it', () => {
  const other = file([1, 'dining table'], [2, 'Ball'], [3, 'cat']);
  expect(() => idsByName(named('ball', 'cat', 'diningtable'), other)).toThrow(
    /'Ball' may be the model's 'ball', 'dining table' may be the model's 'diningtable'\.\n→ say what the annotations call differently: --rename-classes/,
  );
  const renamed = idsByName(named('ball', 'cat', 'diningtable'), other, {
    Ball: 'ball',
    'dining table': 'diningtable',
  });
  expect(renamed.categories.map(({ id }) => id)).toEqual([2, 3, 1]);
  expect(() => idsByName(named('ball'), other, { bal: 'ball' })).toThrow(/val\.json has no class 'bal'/);
  // two classes as much as one with a slip of the pen: said, not refused
  expect(idsByName(named('cat', 'horse'), file([1, 'cat'], [2, 'house'])).remarks[0]).toMatch(
    /'horse' and 'house' of val\.json are taken for two/,
  );
});
