import type { Command } from 'commander';
import { collect, whole, type Context } from '../context.ts';
import type { TrainChoices } from '../train/train.ts';

export function registerTrain(program: Command, context: Context): void {
  program
    .command('train')
    .description('train a detector as a config file says')
    .option('--config <file>', 'the run, JSON (with --resume by default the one in the run folder)')
    .requiredOption('--out <folder>', 'the run folder; it must be new or empty, unless --resume')
    .option('--set <name.name=value>', 'replace a setting of the config; may be given many times', collect)
    .option(
      '--batch <labeled[+unlabeled]>',
      'images a step: rescales learning rate, iterations, burn-in and α with them, and says how',
    )
    .option(
      '--iterations <count>',
      'the length of the run: burn-in, milestones, the step of α, warm-up, ramp and intervals keep their part of it ' +
        '(with --resume: its new end, the schedule as it is)',
      whole(1),
    )
    .option('--accumulate <parts>', 'compute a step in this many parts, to need less memory', whole(1))
    .option('--methods <module>', 'a JavaScript module that exports methods of your own, for "method.kind"')
    .option('--init-from <run>', 'start from a checkpoint of another run, e.g. its burn-in')
    .option(
      '--resume',
      'go on from the newest checkpoint in --out; --set data.root=DIR where the data has moved, --iterations N for more of them',
    )
    .option('--accept-changed-data', 'with --resume: go on although images or labels are others than before')
    .option('--quiet', 'plain lines now and then instead of a line that moves')
    .option('--no-report', 'without report.html at the end')
    .option('--json', 'the result as one JSON object on stdout')
    .action(async (options: TrainChoices) => {
      const { trainCommand } = await import('../train/train.ts');
      await trainCommand(options, context);
    });
}
