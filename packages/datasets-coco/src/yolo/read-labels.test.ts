import { readFileSync } from 'node:fs';
import { Problems } from '../problems.ts';
import { readLabels } from './read-labels.ts';

/** Written by tools/golden/formats.py: what Ultralytics makes of label files. */
const golden = JSON.parse(readFileSync(new URL('../fixtures/yolo-rows.json', import.meta.url), 'utf8')) as {
  classes: number;
  width: number;
  height: number;
  files: { text: string; boxes: [number, number, number, number, number][] | null; why?: string }[];
};

/** Ultralytics refuses the file; here each row is judged by itself, and these two are good. */
const MIXED = 'labels mix segment and detection rows';

describe('as Ultralytics reads them', () => {
  test.each(golden.files.map((file) => [file.text, file] as const))('%j', (_, { text, boxes, why }) => {
    const [problems, notes] = [new Problems('a.txt'), new Problems('a.txt')];
    // The loader's decoder leaves out a byte-order mark.
    const objects = readLabels(text.replace(/^\ufeff/, ''), 'a.txt', golden.classes, 0, golden, problems, notes);
    if (why === MIXED) {
      expect([objects.length, problems.count]).toEqual([2, 0]);
      return;
    }
    expect(problems.count > 0).toBe(boxes === null);
    if (boxes === null) return;
    const rows = objects.map(({ category, bbox: [x, y, w, h] }) => [
      category,
      (x + w / 2) / golden.width,
      (y + h / 2) / golden.height,
      w / golden.width,
      h / golden.height,
    ]);
    expect(rows).toHaveLength(boxes.length);
    // Ultralytics sorts where a row is there twice.
    const sorted = (list: number[][]) => [...list].sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]!);
    sorted(rows).forEach((row, i) => row.forEach((value, k) => expect(value).toBeCloseTo(sorted(boxes)[i]![k]!, 5)));
  });
});

test('a row that is there twice counts once and is told of', () => {
  const [problems, notes] = [new Problems('a.txt'), new Problems('a.txt')];
  const text = '0 0.5 0.5 0.1 0.2\n1 0.5 0.5 0.1 0.2\n0 .5 0.50 0.1 0.2';
  expect(readLabels(text, 'a.txt', 2, 0, { width: 10, height: 10 }, problems, notes)).toHaveLength(2);
  expect(problems.count).toBe(0);
  expect(notes.summary().byKind).toMatchObject([
    { kind: 'rows that are there twice', count: 1, examples: [{ at: 'line 3', found: 'the same object as line 1' }] },
  ]);
});
