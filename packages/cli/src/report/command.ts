import { join } from 'node:path';
import type { CheckpointChoice } from '@sed/trainer';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { isHtml, refuseOverwriting } from '../output/refuse.ts';
import { stepOf } from '../runs/find-run.ts';
import { createTalk } from '../ui/console.ts';
import { bytes } from '../ui/text.ts';
import { writeReportFile } from './write.ts';

export interface ReportChoices {
  readonly out?: string;
  readonly images: number;
  readonly checkpoint?: string;
  readonly json?: boolean;
}

/** `sed-cli report`. */
export async function reportCommand(runs: readonly string[], options: ReportChoices, context: Context): Promise<void> {
  const talk = createTalk(context.io);
  const folders = runs.map(context.path);
  const path = options.out === undefined ? join(folders[0]!, 'report.html') : context.path(options.out);
  if (options.out !== undefined)
    await refuseOverwriting([{ path, option: '--out', isOurs: isHtml, what: 'a page' }], []);
  const { size, missing, headline } = await writeReportFile(folders, path, {
    images: options.images,
    ...(options.checkpoint === undefined ? {} : { checkpoint: choiceOf(options.checkpoint) }),
    talk,
  });
  if (options.json) context.json({ out: path, bytes: size, headline, missing: Object.fromEntries(missing) });
  else context.print(`${headline}\n${path} (${bytes(size)})`);
}

function choiceOf(text: string): CheckpointChoice {
  if (text === 'best' || text === 'last') return text;
  const step = stepOf(text);
  if (step === undefined)
    throw new UsageError(`--checkpoint ${text}: of a report it is best, last or the number of an iteration.`);
  return step;
}
