/**
 * Letters as rectangles. An SVG text needs a font on the machine, and a server often has none: the label would be
 * missing without a word. So labels are drawn with the classic 5x7 dot matrix letters, which look the same everywhere.
 *
 * A glyph is five columns, left to right; bit 0 is the top dot.
 */
const COLUMNS =
  '0000000000 00005f0000 0007000700 147f147f14 242a7f2a12 2313086462 3649562050 0008070300 001c224100 0041221c00 ' +
  '2a1c7f1c2a 08083e0808 0080703000 0808080808 0000606000 2010080402 3e5149453e 00427f4000 7249494946 2141494d33 ' +
  '1814127f10 2745454539 3c4a494931 4121110907 3649494936 464949291e 0000140000 0040340000 0008142241 1414141414 ' +
  '0041221408 0201590906 3e415d594e 7c1211127c 7f49494936 3e41414122 7f4141413e 7f49494941 7f09090901 3e41415173 ' +
  '7f0808087f 00417f4100 2040413f01 7f08142241 7f40404040 7f021c027f 7f0408107f 3e4141413e 7f09090906 3e4151215e ' +
  '7f09192946 2649494932 03017f0103 3f4040403f 1f2040201f 3f4038403f 6314081463 0304780403 6159494d43 007f414141 ' +
  '0204081020 004141417f 0402010204 4040404040 0003070800 2054547840 7f28444438 3844444428 384444287f 3854545418 ' +
  '00087e0902 18a4a49c78 7f08040478 00447d4000 2040403d00 7f10284400 00417f4000 7c04780478 7c08040478 3844444438 ' +
  'fc18242418 18242418fc 7c08040408 4854545424 04043f4424 3c4040207c 1c2040201c 3c4030403c 4428102844 4c9090907c ' +
  '4464544c44 0008364100 0000770000 0041360800 0201020402';

/** From U+0020 on; a letter that is not there is drawn as `?`. */
const GLYPHS: readonly (readonly number[])[] = COLUMNS.split(' ').map((hex) =>
  [0, 2, 4, 6, 8].map((i) => Number.parseInt(hex.slice(i, i + 2), 16)),
);

/** Dots from one letter to the next, and the height of a line with its descenders. */
export const ADVANCE = 6;
export const LINE = 8;

/** Width of a line of text in dots. */
export function textDots(text: string): number {
  return Math.max(0, text.length * ADVANCE - 1);
}

/** SVG path data of a line of text whose upper left dot is at (x, y), `dot` pixels a dot. */
export function textPath(text: string, x: number, y: number, dot: number): string {
  let path = '';
  for (const [i, letter] of [...text].entries()) {
    const glyph = GLYPHS[letter.codePointAt(0)! - 0x20] ?? GLYPHS['?'.codePointAt(0)! - 0x20]!;
    glyph.forEach((column, dx) => {
      // Runs of dots one below the other are one rectangle.
      for (let row = 0; row < LINE; row++) {
        if (((column >> row) & 1) === 0) continue;
        let end = row;
        while (end + 1 < LINE && ((column >> (end + 1)) & 1) === 1) end++;
        path += `M${x + (i * ADVANCE + dx) * dot} ${y + row * dot}h${dot}v${(end - row + 1) * dot}h${-dot}z`;
        row = end;
      }
    });
  }
  return path;
}
