import { join } from 'node:path';
import sharp from 'sharp';
import { outlineText } from '../../draw/outline-text.ts';
import { writeWhole } from '../../output/write-whole.ts';
import { LETTERS, svgFile, type Figure } from './svg.ts';

/** Pixels of a PNG for each of the SVG. */
const PNG_SCALE = 2;

/** Writes a figure as SVG, and as PNG with the letters as outlines: the machine may have no font. */
export async function writeFigure(folder: string, name: string, figure: Figure): Promise<void> {
  await writeWhole(join(folder, `${name}.svg`), svgFile(figure));
  const outlined = outlineText(svgFile(figure, true), LETTERS);
  const png = await sharp(Buffer.from(outlined), { density: 72 * PNG_SCALE })
    .flatten({ background: '#ffffff' })
    .png({ palette: true })
    .toBuffer();
  await writeWhole(join(folder, `${name}.png`), png);
}
