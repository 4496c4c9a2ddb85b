/** A line of text as outlines, so that a picture needs no font of the machine. */
import bidiModule from 'bidi-js';
import type { Font } from 'fontkit';
import { fontOf } from './fonts.ts';

/** A line of text at a size of one pixel: scale it by the size that is wanted. */
export interface TextLine {
  /** SVG path data; the baseline is at y = 0, y grows downwards. */
  readonly path: string;
  readonly width: number;
  /** What no font has; a hollow box stands in its place. */
  readonly missing: readonly string[];
}

/** Letters that are drawn by one font in one direction. */
interface Run {
  readonly font: Font | undefined;
  readonly level: number;
  readonly text: string;
}

/** Width and height of the box that stands for a letter no font has. */
const HOLLOW = { width: 0.6, height: 0.73, line: 0.06 };

// The package's types say that the function is a property of its module; Node is given the function itself.
const bidi = (bidiModule as unknown as typeof bidiModule.default)();
const clusters = new Intl.Segmenter('en', { granularity: 'grapheme' });
const kept = new Map<string, TextLine>();

/**
 * Shapes a line: ligatures and joined letters (Arabic), marks on their letters, right-to-left runs in their order.
 * Control characters are drawn as spaces.
 */
export function textLine(text: string): TextLine {
  const before = kept.get(text);
  if (before !== undefined) return before;
  const line = shape(text.replace(/\p{Cc}/gu, ' '));
  kept.set(text, line);
  return line;
}

function shape(text: string): TextLine {
  const missing: string[] = [];
  let path = '';
  let width = 0;
  for (const { font, level, text: part } of inVisualOrder(runsOf(text))) {
    if (font === undefined) {
      missing.push(part);
      path += hollow(width);
      width += HOLLOW.width + HOLLOW.line;
      continue;
    }
    const fromRight = level % 2 === 1;
    const shown = fromRight ? mirrored(part) : part;
    const { glyphs, positions } = font.layout(shown, undefined, undefined, undefined, fromRight ? 'rtl' : 'ltr');
    const scale = 1 / font.unitsPerEm;
    glyphs.forEach((glyph, i) => {
      const { xOffset, yOffset, xAdvance } = positions[i]!;
      path += pathData(glyph.path.commands, scale, width + xOffset * scale, -yOffset * scale);
      width += xAdvance * scale;
    });
  }
  return { path, width, missing };
}

/** One run after the other in the order of the text: letters that no font has are runs of their own. */
function runsOf(text: string): Run[] {
  const { levels } = bidi.getEmbeddingLevels(text);
  const runs: Run[] = [];
  for (const { segment, index } of clusters.segment(text)) {
    const font = fontOf(segment);
    const level = levels[index]!;
    const last = runs.at(-1);
    const joins = last !== undefined && font !== undefined && last.font === font && last.level === level;
    if (joins) runs[runs.length - 1] = { ...last, text: last.text + segment };
    else runs.push({ font, level, text: segment });
  }
  return runs;
}

/**
 * The Unicode bidirectional algorithm's rule L2, on runs: from the highest level down, what is at a level or above is
 * turned round.
 */
function inVisualOrder(runs: Run[]): Run[] {
  const order = [...runs];
  const highest = Math.max(0, ...order.map(({ level }) => level));
  for (let level = highest; level > 0; level--) {
    for (let from = 0; from < order.length; from++) {
      let to = from;
      while (to < order.length && order[to]!.level >= level) to++;
      order.splice(from, to - from, ...order.slice(from, to).reverse());
      from = to;
    }
  }
  return order;
}

/** Brackets open the other way from right to left (rule L4). */
const mirrored = (text: string): string =>
  [...text].map((letter) => bidi.getMirroredCharacter(letter) ?? letter).join('');

const LETTER = { moveTo: 'M', lineTo: 'L', quadraticCurveTo: 'Q', bezierCurveTo: 'C', closePath: 'Z' } as const;

/** Outlines of a font grow upwards from the baseline, those of SVG downwards. */
function pathData(
  commands: readonly { readonly command: keyof typeof LETTER; readonly args: readonly number[] }[],
  scale: number,
  x: number,
  y: number,
): string {
  return commands
    .map(({ command, args }) => {
      const points = args.map((v, i) => (i % 2 === 0 ? x + v * scale : y - v * scale).toFixed(3));
      return LETTER[command] + points.join(' ');
    })
    .join('');
}

function hollow(x: number): string {
  const { width, height, line } = HOLLOW;
  const box = (inset: number) => {
    const [l, r] = [(x + inset).toFixed(3), (x + width - inset).toFixed(3)];
    const [t, b] = [(inset - height).toFixed(3), (-inset).toFixed(3)];
    // the inner one runs the other way round, so that it is a hole
    return inset === 0 ? `M${l} ${t}L${r} ${t}L${r} ${b}L${l} ${b}Z` : `M${l} ${t}L${l} ${b}L${r} ${b}L${r} ${t}Z`;
  };
  return box(0) + box(line);
}
