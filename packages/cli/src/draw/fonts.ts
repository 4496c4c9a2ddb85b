/**
 * The fonts that letters are drawn with: the program brings its own, as a server often has none and two machines rarely
 * have the same.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as Fontkit from 'fontkit';

/**
 * The first that has a letter draws it: DejaVu Sans for European scripts, Arabic and Hebrew, UnifontEX for all the
 * others.
 */
const FILES = [
  '@fontsource/dejavu-sans/files/dejavu-sans-latin-400-normal.woff2',
  '@fontsource/unifontex/files/unifontex-latin-400-normal.woff2',
] as const;

const require = createRequire(import.meta.url);
const opened = new Map<string, Fontkit.Font>();

/** Fonts are opened when a letter first asks for one: the second takes a second, and most names do without it. */
function openFont(file: string): Fontkit.Font {
  const before = opened.get(file);
  if (before !== undefined) return before;
  // loaded when there is something to draw: it takes longer than all the rest of a small prediction
  const { create } = require('fontkit') as typeof Fontkit;
  const font = create(readFileSync(require.resolve(file)));
  if ('fonts' in font) throw new Error(`${file} is a collection of fonts; one is needed.`);
  opened.set(file, font);
  return font;
}

/** Code points that are never drawn by themselves: joiners, selectors of variants, marks of direction. */
const IGNORABLE = /^\p{Default_Ignorable_Code_Point}$/u;

/** The font that has every letter of a cluster; undefined where none has. */
export function fontOf(cluster: string): Fontkit.Font | undefined {
  const letters = [...cluster].filter((letter) => !IGNORABLE.test(letter));
  for (const file of FILES) {
    const font = openFont(file);
    if (letters.every((letter) => font.hasGlyphForCodePoint(letter.codePointAt(0)!))) return font;
  }
  return undefined;
}
