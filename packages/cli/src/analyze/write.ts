import { join } from 'node:path';
import type { Figure } from '../data/stats/svg.ts';
import { writeFigure } from '../data/stats/write-figure.ts';
import { writeWhole } from '../output/write-whole.ts';

/** Writes `name.html`, `name.json` and each figure as SVG and PNG. */
export async function writeAnalysis(
  folder: string,
  name: string,
  results: { readonly document: object; readonly page: string; readonly figures: ReadonlyMap<string, Figure> },
): Promise<void> {
  await writeWhole(join(folder, `${name}.json`), `${JSON.stringify(results.document, null, 1)}\n`);
  await writeWhole(join(folder, `${name}.html`), results.page);
  for (const [file, figure] of results.figures) await writeFigure(folder, file, figure);
}
