import { Option, type Command } from 'commander';
import type { Context } from '../context.ts';
import type { CheckChoices } from '../data/check.ts';
import { registerBrowse } from '../data/browse/register.ts';
import { registerStats } from '../data/stats/register.ts';
import { addSourceOptions } from '../sources/source-options.ts';

/** The commands that look at data and change nothing. */
export function registerData(program: Command, context: Context): void {
  const data = program.command('data').description('look at a data set before training on it');
  registerCheck(data, context);
  registerStats(data, context);
  registerBrowse(data, context);
}

function registerCheck(data: Command, context: Context): void {
  addSourceOptions(
    data
      .command('check')
      .description('everything that is wrong with data, by file and field, and what a run would leave out')
      .option('--config <file>', 'the data of this run config, instead of the options below'),
  )
    .addOption(
      new Option(
        '--decode <how>',
        'read images whole, or their headers only (default: whole up to 20000 images)',
      ).choices(['whole', 'headers']),
    )
    .option('--all', 'list every problem, not the first few of each kind')
    .option('--json', 'the report as one JSON object on stdout')
    .addHelpText('after', '\nExit code: 0 nothing would stop a run (there may be warnings), 1 something would.')
    .action(async (options: CheckChoices) => {
      const { checkCommand } = await import('../data/check.ts');
      await checkCommand(options, context);
    });
}
