import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { textLine } from './text-line.ts';

interface Golden {
  readonly text: string;
  readonly width: number;
  /** Left, bottom, right, top, y upwards. */
  readonly bounds: readonly [number, number, number, number];
}

const golden = JSON.parse(
  readFileSync(fileURLToPath(new URL('../fixtures/text-lines.json', import.meta.url)), 'utf8'),
) as Golden[];

/** Left, bottom, right, top of the corners and control points. */
function boundsOf(path: string): number[] {
  const numbers = [...path.matchAll(/-?\d+\.\d+/g)].map(Number);
  const [x, y] = [numbers.filter((_, i) => i % 2 === 0), numbers.filter((_, i) => i % 2 === 1).map((v) => -v)];
  return [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)];
}

test.each(golden)('$text is as wide and as high as HarfBuzz sets it', ({ text, width, bounds }) => {
  const line = textLine(text);
  expect(line.missing).toEqual([]);
  expect(line.width).toBeCloseTo(width, 2);
  boundsOf(line.path).forEach((value, i) => expect(Math.abs(value - bounds[i]!)).toBeLessThan(0.03));
});

test('names in scripts that are no ASCII differ from each other', () => {
  const names = ['猫', '犬', '鳥', 'Größe', 'Gr??e', 'кот', 'кит', '고양이', '개'];
  expect(new Set(names.map((name) => textLine(name).path)).size).toBe(names.length);
});

test('a line of two directions is put together of its runs, brackets turned', () => {
  const [first, second, space] = [textLine('abc'), textLine('קטן'), textLine(' ')];
  expect(textLine('abc קטן').width).toBeCloseTo(first.width + space.width + second.width, 3);
  // from the right: the bracket that closes in the text stands left of the letters and opens there
  const bracketed = textLine('(קטן)');
  const [alone] = textLine('(').path.split('Z');
  expect(bracketed.path.startsWith(alone!.split('L')[0]!)).toBe(true);
});

test('a letter of no font is named and leaves a box', () => {
  const line = textLine('a\u{20000}b');
  expect(line.missing).toEqual(['\u{20000}']);
  expect(line.width).toBeGreaterThan(textLine('ab').width + 0.5);
  expect(textLine('two\nlines').path).toBe(textLine('two lines').path);
  expect(textLine('').width).toBe(0);
});
