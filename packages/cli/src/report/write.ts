import { join } from 'node:path';
import { writeWhole } from '../output/write-whole.ts';
import type { Talk } from '../ui/console.ts';
import { buildReport, PICTURES_FILE, readPictures } from './build.ts';
import type { PictureSet } from './pictures.ts';
import type { ReportRun } from './runs.ts';
import { judged, verdict } from './verdict.ts';

export interface WriteOptions {
  /** Validation images to show; 0 for none. */
  readonly images: number;
  readonly talk: Talk;
}

/** Makes the page of some run folders and writes it whole. */
export async function writeReportFile(
  folders: readonly string[],
  path: string,
  options: WriteOptions,
): Promise<{ size: number; missing: ReadonlyMap<string, string>; headline: string }> {
  const { images, talk } = options;
  const source = (run: ReportRun) => picturesOf(run, images, talk);
  const { html, runs, missing } = await buildReport(
    folders,
    source,
    'Made by sed-cli report. The page needs no network.',
  );
  if (images > 0) for (const [run, why] of missing) talk.warn(`no pictures of ${run}: ${why}`);
  await writeWhole(path, html);
  return { size: Buffer.byteLength(html), missing, headline: verdict(runs).headline };
}

/** What an earlier report has left, or what the run's newest checkpoint finds now. */
async function picturesOf(run: ReportRun, count: number, talk: Talk): Promise<PictureSet> {
  if (count === 0) throw new Error('none were asked for (--images 0).');
  const kept = await readPictures(run.folder, judged(run)?.step);
  if (kept !== undefined && kept.images.length >= count) return { ...kept, images: kept.images.slice(0, count) };
  const { collectPictures } = await import('./collect.ts');
  const set = await collectPictures(run.folder, count, talk);
  // Kept so that the next report is quick and works where there is no backend. A folder that is read-only is no reason to fail.
  await writeWhole(join(run.folder, PICTURES_FILE), JSON.stringify(set)).catch(() => {});
  return set;
}
