import { InvalidArgumentError, type Command } from 'commander';
import { whole, type Context } from '../../context.ts';
import { addSourceOptions } from '../../sources/source-options.ts';
import type { BrowseChoices } from './browse.ts';

/** `sed-cli data browse`. */
export function registerBrowse(data: Command, context: Context): void {
  addSourceOptions(
    data
      .command('browse')
      .description('a page of what training sees: each image raw, weak, strong and at half size, with its boxes')
      .requiredOption('--out <file>', 'the page, one HTML file; at most 0.35 MB an image')
      .option('--config <file>', 'the data and the views of this run config, instead of the options below')
      .option('--count <images>', 'images to show, half labeled and half unlabeled where there are both', whole(1), 8)
      .option('--seed <number>', 'instead of the seed of the config (without one: 1)', whole(0))
      .option(
        '--step <number>',
        'with --config: the first step to show (default: 0, or the end of the burn-in)',
        whole(0),
      )
      .option(
        '--short-edge <low,high>',
        'without --config: the short edge of the weak view is drawn from these (default: the paper’s 640,800)',
        parseRange,
      )
      .option('--json', 'what was written as one JSON object on stdout'),
  ).action(async (options: BrowseChoices) => {
    const { browseCommand } = await import('./browse.ts');
    await browseCommand(options, context);
  });
}

function parseRange(text: string): [number, number] {
  const found = /^\s*(\d+)\s*,\s*(\d+)\s*$/.exec(text);
  const [low, high] = [Number(found?.[1]), Number(found?.[2])];
  if (!(low >= 1 && high >= low)) throw new InvalidArgumentError('Two whole numbers, e.g. 640,800.');
  return [low, high];
}
