import { checkData, type DataReport, type ProblemSummary } from '@sed/datasets-coco';
import type { Context } from '../context.ts';
import type { SourceChoices } from '../sources/source-options.ts';
import { createTalk } from '../ui/console.ts';
import { progressBar } from '../ui/progress-bar.ts';
import { openConfigForCheck, openSourcesForCheck } from './check-parts.ts';
import { checkStart, startText } from './check-start.ts';
import { checkText } from './check-text.ts';

export interface CheckChoices extends SourceChoices {
  readonly config?: string;
  readonly decode?: 'whole' | 'headers';
  readonly all?: boolean;
  readonly json?: boolean;
}

/** Problems of a kind that `--json` gives without `--all`; with it, all that are kept (10,000). */
const IN_JSON = 1000;

/** `sed-cli data check`. */
export async function checkCommand(options: CheckChoices, context: Context): Promise<void> {
  const { io } = context;
  const talk = createTalk(io);
  const abort = new AbortController();
  const stopListening = io.onInterrupt(() => abort.abort());
  try {
    const opened =
      options.config === undefined
        ? await openSourcesForCheck(options, context)
        : await openConfigForCheck(options.config, options, context);
    const started = performance.now();
    let told = started;
    const report = await checkData(opened.parts, {
      ...opened.training,
      ...(options.decode === undefined ? {} : { read: options.decode === 'whole' ? 'whole' : 'header' }),
      unopened: opened.unopened,
      signal: abort.signal,
      onProgress: (done, images, doing) => {
        const now = performance.now();
        if (now - told < 100 && done < images) return;
        told = now;
        talk.status(progressBar(`${doing} images`, done / images, `${done} of ${images}`));
      },
    });
    talk.clear();
    if (abort.signal.aborted) throw new Error('Stopped before everything was read.');
    const faulty = opened.skips ? report.fatal > 0 : report.problems.total > 0;
    // what stops at its data does not come to the rest
    const start =
      opened.config === undefined || faulty ? undefined : await checkStart(opened.config, talk, context, abort.signal);
    talk.clear();
    if (abort.signal.aborted) throw new Error('Stopped before everything was read.');
    const stops = faulty || start?.stops !== undefined;
    if (options.json) context.json({ stops, ...(options.all ? report : bounded(report)), ...(start ? { start } : {}) });
    else {
      context.print(checkText(report, { all: options.all === true, skips: opened.skips, cwd: io.cwd }));
      if (start) context.print(`\n${startText(start)}`);
    }
    context.exit(stops ? 1 : 0);
  } finally {
    talk.clear();
    stopListening();
  }
}

function bounded(report: DataReport): DataReport {
  const cut = (summary: ProblemSummary) => ({
    ...summary,
    byKind: summary.byKind.map((kind) => ({ ...kind, examples: kind.examples.slice(0, IN_JSON) })),
  });
  return { ...report, problems: cut(report.problems), warnings: cut(report.warnings), unused: cut(report.unused) };
}
