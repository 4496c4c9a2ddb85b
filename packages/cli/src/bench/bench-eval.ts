import {
  evaluateCoco,
  loadDetections,
  readCoco,
  type CocoDetection,
  type CocoMetrics,
  type Dataset,
} from '@sed/datasets-coco';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { refuseOverwriting } from '../output/refuse.ts';
import { writeWhole } from '../output/write-whole.ts';
import { median } from '../report/runs.ts';
import { createTalk } from '../ui/console.ts';
import { percent } from '../ui/text.ts';
import { cocoJson, madeUpResults } from './made-up-results.ts';
import { peakRssMib } from './models.ts';

export interface EvalBenchChoices {
  readonly images: number;
  readonly detections: number;
  readonly classes: number;
  readonly runs: number;
  readonly write?: string;
  readonly from?: string;
  readonly json?: boolean;
}

/** What `--write` writes and `--from` reads. */
const FILES = ['instances.json', 'detections.json'] as const;

/** `sed-cli bench eval`. */
export async function benchEval(options: EvalBenchChoices, context: Context): Promise<void> {
  const { runs, write, from } = options;
  if (write !== undefined && from !== undefined) throw new UsageError('Give either --write or --from.');
  if (write !== undefined) {
    const outputs = FILES.map((name) => ({
      path: join(context.path(write), name),
      option: '--write',
      isOurs: (head: Buffer) => head.length === 0,
      what: 'an empty file',
    }));
    await refuseOverwriting(outputs, []);
  }
  const talk = createTalk(context.io);
  talk.status(from === undefined ? 'making results up' : `reading ${from}`);
  const begun = performance.now();
  const { dataset, detections } = from === undefined ? madeUpResults(options) : await readResults(context.path(from));
  const seconds_load = from === undefined ? {} : { seconds_load: thousandths((performance.now() - begun) / 1000) };
  if (write !== undefined) await writeResults(context.path(write), dataset, detections);
  const times: number[] = [];
  let metrics: CocoMetrics | undefined;
  for (let run = 1; run <= runs; run++) {
    talk.status(`evaluation ${run} of ${runs}`);
    const start = performance.now();
    metrics = evaluateCoco(dataset, detections).metrics;
    times.push((performance.now() - start) / 1000);
    await new Promise(setImmediate); // lets Ctrl-C in
  }
  talk.clear();
  const result = {
    images: dataset.images.length,
    objects: dataset.images.reduce((sum, { annotations }) => sum + annotations.length, 0),
    detections: detections.length,
    classes: dataset.categories.length,
    runs,
    ...seconds_load,
    seconds: thousandths(median(times)!),
    seconds_min: thousandths(Math.min(...times)),
    peak_rss_mib: peakRssMib(),
    metrics: metrics!,
  };
  if (options.json) return context.json(result);
  context.print(
    `${result.images} images, ${result.objects} objects, ${result.detections} detections, ${result.classes} classes\n` +
      (from === undefined ? '' : `read in ${result.seconds_load} s; `) +
      `COCO's metrics in ${result.seconds} s (median of ${runs}, least ${result.seconds_min}), at most ${result.peak_rss_mib} MiB of memory; AP ${percent(result.metrics.AP)}` +
      (write === undefined ? '' : `\n${FILES.join(' and ')} are in ${write}`),
  );
}

async function readResults(folder: string): Promise<{ dataset: Dataset; detections: CocoDetection[] }> {
  const [annotations, results] = FILES.map((name) => join(folder, name)) as [string, string];
  const dataset = await readCoco({ annotations, images: '.', degenerate: 'keep' });
  return { dataset, detections: await loadDetections(results, dataset) };
}

async function writeResults(folder: string, dataset: Dataset, detections: readonly CocoDetection[]): Promise<void> {
  const contents = [cocoJson(dataset), detections];
  for (const [i, name] of FILES.entries()) await writeWhole(join(folder, name), JSON.stringify(contents[i]));
}

function thousandths(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
