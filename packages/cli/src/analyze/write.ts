import { join } from 'node:path';
import sharp from 'sharp';
import { writeWhole } from '../output/write-whole.ts';
import { svgFile, type Figure } from '../data/stats/svg.ts';

/** Pixels of a PNG for each of the SVG. */
const PNG_SCALE = 2;

/** Writes `name.html`, `name.json` and each figure as SVG and PNG. */
export async function writeAnalysis(
  folder: string,
  name: string,
  results: { readonly document: object; readonly page: string; readonly figures: ReadonlyMap<string, Figure> },
): Promise<void> {
  await writeWhole(join(folder, `${name}.json`), `${JSON.stringify(results.document, null, 1)}\n`);
  await writeWhole(join(folder, `${name}.html`), results.page);
  for (const [file, figure] of results.figures) {
    await writeWhole(join(folder, `${file}.svg`), svgFile(figure));
    const png = await sharp(Buffer.from(svgFile(figure, true)), { density: 72 * PNG_SCALE })
      .flatten({ background: '#ffffff' })
      .png({ palette: true })
      .toBuffer();
    await writeWhole(join(folder, `${file}.png`), png);
  }
}
