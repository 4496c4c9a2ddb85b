import { stat } from 'node:fs/promises';
import { decodeImage } from '@sed/datasets-coco';
import sharp from 'sharp';
import type { PictureSet } from './pictures.ts';
import { renderPage } from './page.ts';
import { readRunFolder } from './run-folder.ts';
import { describeRuns, type ReportRun } from './runs.ts';

/** Finds the pictures of a run, or says in an Error why there are none. */
export type PictureSource = (run: ReportRun) => Promise<PictureSet>;

export interface BuiltReport {
  readonly html: string;
  readonly runs: readonly ReportRun[];
  /** Why a run has no pictures, by label. */
  readonly missing: ReadonlyMap<string, string>;
}

/** Reads run folders and makes the page. */
export async function buildReport(
  folders: readonly string[],
  source: PictureSource,
  made: string,
): Promise<BuiltReport> {
  const runs = describeRuns(await Promise.all(folders.map(readRunFolder)));
  const pictures = new Map<string, PictureSet>();
  const missing = new Map<string, string>();
  for (const run of runs) {
    try {
      pictures.set(run.folder, await source(run));
    } catch (error) {
      missing.set(run.label, (error as Error).message);
    }
  }
  const jpegs = new Map<string, string>();
  for (const image of [...pictures.values()][0]?.images ?? []) {
    try {
      jpegs.set(image.path, await smallJpeg(image.path));
    } catch (error) {
      missing.set(image.fileName, `the image cannot be read (${(error as Error).message})`);
    }
  }
  return { html: renderPage({ runs, pictures, jpegs, missing, made }), runs, missing };
}

/** At most 720 pixels a side: some 40 kB an image, sharp enough for the large view. */
async function smallJpeg(path: string): Promise<string> {
  if (!(await stat(path)).isFile()) throw new Error('it is no file'); // the path may come from a foreign run folder
  const { pixels, width, height } = await decodeImage(path);
  const jpeg = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .resize(720, 720, { fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality: 74, mozjpeg: true })
    .toBuffer();
  return jpeg.toString('base64');
}
