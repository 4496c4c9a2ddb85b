import { join } from 'node:path';
import { writeWhole } from '../output/write-whole.ts';
import type { Talk } from '../ui/console.ts';
import type { CheckpointChoice } from '@sed/trainer';
import { buildReport } from './build.ts';
import { PICTURES_FILE, readPictures } from './picture-file.ts';
import type { PictureSet } from './pictures.ts';
import { valueIn, type ReportRun } from './runs.ts';
import { verdict } from './verdict.ts';

export interface WriteOptions {
  /** Validation images to show; 0 for none. */
  readonly images: number;
  /** Whose pictures; default: of each network the best. */
  readonly checkpoint?: CheckpointChoice;
  readonly talk: Talk;
}

/** Makes the page of some run folders and writes it whole. */
export async function writeReportFile(
  folders: readonly string[],
  path: string,
  options: WriteOptions,
): Promise<{ size: number; missing: ReadonlyMap<string, string>; headline: string }> {
  const { images, talk } = options;
  const source = (run: ReportRun) => picturesOf(run, options);
  const { html, runs, missing } = await buildReport(
    folders,
    source,
    'Made by sed-cli report. The page needs no network.',
  );
  if (images > 0) for (const [run, why] of missing) talk.warn(`no pictures of ${run}: ${why}`);
  await writeWhole(path, html);
  return { size: Buffer.byteLength(html), missing, headline: verdict(runs).headline };
}

/** What an earlier report has left, or what the run's checkpoints find now. */
async function picturesOf(run: ReportRun, { images: count, talk, checkpoint }: WriteOptions): Promise<PictureSet> {
  if (count === 0) throw new Error('none were asked for (--images 0).');
  const kept = checkpoint === undefined ? await readPictures(run.folder) : undefined;
  if (kept !== undefined && isOfNow(kept, run) && kept.images.length >= count)
    return { ...kept, images: kept.images.slice(0, count) };
  const { collectPictures } = await import('./collect.ts');
  const set = await collectPictures(run, count, talk, checkpoint);
  if (checkpoint !== undefined) return set;
  // Kept so that the next report is quick and works where there is no backend. A folder that is read-only is no reason
  // to fail.
  await writeWhole(join(run.folder, PICTURES_FILE), JSON.stringify(set)).catch(() => {});
  return set;
}

/** Whether kept pictures are of the checkpoints that would be taken now. */
function isOfNow(kept: PictureSet, run: ReportRun): boolean {
  const keepsBest = valueIn(run.config, 'checkpoints', 'best') != null;
  // of a network that is not the one whose best is kept, the newest is taken
  const only = valueIn(run.config, 'checkpoints', 'best', 'model');
  return run.networks.every(({ name, evaluations }) => {
    if (evaluations === undefined) return true;
    const now = keepsBest && (only === undefined || only === name) ? evaluations.best : evaluations.last;
    return kept.networks.find((one) => one.name === name)?.step === now.step;
  });
}
