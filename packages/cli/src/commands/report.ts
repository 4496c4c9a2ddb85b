import type { Command } from 'commander';
import { whole, type Context } from '../context.ts';

interface ReportOptions {
  readonly out?: string;
  readonly images: number;
  readonly checkpoint?: string;
  readonly json?: boolean;
}

export function registerReport(program: Command, context: Context): void {
  program
    .command('report')
    .description('one self-contained HTML page of one or more runs')
    .argument('<run...>', 'run folders, the --out of `sed-cli train`')
    .option('--out <file>', 'the page (default: report.html in the first run folder)')
    .option(
      '--images <count>',
      'validation images to show with the boxes of student and teacher; 0 for none',
      whole(0),
      6,
    )
    .option(
      '--checkpoint <which>',
      'whose pictures: best (of each model, on validation; default), last, or an iteration',
    )
    .option('--json', 'one JSON object on stdout')
    .action(async (runs: string[], options: ReportOptions) => {
      const { reportCommand } = await import('../report/command.ts');
      await reportCommand(runs, options, context);
    });
}
