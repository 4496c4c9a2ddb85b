import { AnnotationColumns } from './annotation-columns.ts';

test('gives entries back as they were, whatever their form', () => {
  const entries: unknown[] = [
    { id: 1, image_id: 2, category_id: 3, bbox: [0, -0.5, 1e9, 4], area: 2.25, iscrowd: 1 },
    { id: 1, image_id: 2, category_id: 3, bbox: [0, 1, 2, 3], iscrowd: 0 },
    { id: 2 ** 53 - 1, image_id: 0, category_id: -1, bbox: [0, 1, Infinity, 3], area: -1 },
    { id: 2 ** 53, image_id: 0, category_id: 1, bbox: [0, 1, 2, 3] },
    { id: '1', image_id: 2, category_id: 3, bbox: [0, 1, 2, 3] },
    { id: 1, image_id: 2, category_id: 3, bbox: [0, 1, 2] },
    { id: 1, image_id: 2, category_id: 3, bbox: [0, 1, 2, '3'] },
    { id: 1, image_id: 2, category_id: 3, bbox: [0, 1, 2, 3], area: null },
    { id: 1, image_id: 2, category_id: 3, bbox: [0, 1, 2, 3], iscrowd: true },
    { id: 1, image_id: 2, category_id: 3, bbox: [0, 1, 2, 3], ignore: 1 },
    { id: 1, image_id: 2, category_id: 3, bbox: [0, 1, 2, 3], difficult: 1 },
    { id: 1, image_id: 2, category_id: 3, bbox: [0, 1, 2, 3], truncated: 0 },
    { bbox: null },
    [1],
    null,
    'text',
  ];
  const columns = new AnnotationColumns();
  for (let round = 0; round < 1200; round++) for (const entry of entries) columns.push(entry);
  expect(columns.length).toBe(1200 * entries.length);
  for (let i = 0; i < columns.length; i += 7) expect(columns.at(i)).toEqual(entries[i % entries.length]);
});
