import { join } from 'node:path';
import type { Context } from '../context.ts';
import { isHtml, refuseOverwriting } from '../output/refuse.ts';
import { createTalk } from '../ui/console.ts';
import { bytes } from '../ui/text.ts';
import { writeReportFile } from './write.ts';

export interface ReportChoices {
  readonly out?: string;
  readonly images: number;
  readonly json?: boolean;
}

/** `sed-cli report`. */
export async function reportCommand(runs: readonly string[], options: ReportChoices, context: Context): Promise<void> {
  const talk = createTalk(context.io);
  const folders = runs.map(context.path);
  const path = options.out === undefined ? join(folders[0]!, 'report.html') : context.path(options.out);
  if (options.out !== undefined)
    await refuseOverwriting([{ path, option: '--out', isOurs: isHtml, what: 'a page' }], []);
  const { size, missing, headline } = await writeReportFile(folders, path, { images: options.images, talk });
  if (options.json) context.json({ out: path, bytes: size, headline, missing: Object.fromEntries(missing) });
  else context.print(`${headline}\n${path} (${bytes(size)})`);
}
