import { InvalidArgumentError, Option, type Command } from 'commander';
import type { TestSize } from '@sed/datasets-coco/stats';
import type { Context } from '../../context.ts';
import { addSourceOptions } from '../../sources/source-options.ts';
import type { StatsChoices } from './stats.ts';

/** `sed-cli data stats`. */
export function registerStats(data: Command, context: Context): void {
  addSourceOptions(
    data
      .command('stats')
      .description('instance sizes (the paper’s Fig 2a and 5), pyramid levels, classes: a page, figures and numbers')
      .requiredOption('--out <folder>', 'for stats.html, stats.json, fig2a.svg, fig5.svg and both as PNG')
      .option('--config <file>', 'the data, test size and anchors of this run config, instead of the options below'),
  )
    .addOption(
      new Option('--part <name>', 'with --config: which data of the run (default: labeled)').choices([
        'labeled',
        'validation',
        'unlabeled',
      ]),
    )
    .option('--test-size <short,long>', 'short edge, and the most for the long one (default: 800,1333)', testSize)
    .option('--name <text>', 'what the data set is called in titles')
    .option('--json', 'what stats.json says as one JSON object on stdout')
    .action(async (options: StatsChoices) => {
      const { statsCommand } = await import('./stats.ts');
      await statsCommand(options, context);
    });
}

function testSize(text: string): TestSize {
  const found = /^\s*(\d+)\s*,\s*(\d+)\s*$/.exec(text);
  const [short, long] = [Number(found?.[1]), Number(found?.[2])];
  if (!(short >= 1 && long >= short)) {
    throw new InvalidArgumentError('Two whole numbers, the short edge and the most for the long one, e.g. 800,1333.');
  }
  return { short, long };
}
