import { InvalidArgumentError, Option, type Command } from 'commander';
import type { AnalyzeChoices } from '../analyze/choices.ts';
import { whole, type Context } from '../context.ts';
import { checkpointOption } from '../runs/options.ts';
import { addSourceOptions } from '../sources/source-options.ts';

/** The paper's analyses that need a trained detector. */
export function registerAnalyze(program: Command, context: Context): void {
  const analyze = program
    .command('analyze')
    .description('the paper’s analyses of a trained detector: figures, a page and the numbers');

  withCommonOptions(
    analyze
      .command('score-distance')
      .description('Fig 2b: how far the scores of anchors are apart between an image and its reduced copy'),
    { part: 'validation', count: 200 },
  )
    .addOption(modelOption())
    .option('--compare <run>', 'a second run (or checkpoint), drawn beside the first, on the same images')
    .option('--shift <s>', 'the reduced copy is 1/2^s', shift, 1)
    .option('--bins <number>', 'bins of the distance over 0..1', whole(2), 20)
    .action(async (options: AnalyzeChoices) => {
      const { scoreDistanceCommand } = await import('../analyze/score-distance.ts');
      await scoreDistanceCommand(options, context);
    });

  withCommonOptions(
    analyze
      .command('pseudo-labels')
      .description('Fig 2c: precision and recall of pseudo-labels against the score threshold'),
    { part: 'unlabeled', count: 500 },
  )
    .addOption(modelOption())
    .option('--compare <run>', 'a second run (or checkpoint), drawn beside the first, on the same images')
    .action(async (options: AnalyzeChoices) => {
      const { pseudoLabelsCommand } = await import('../analyze/pseudo-labels.ts');
      await pseudoLabelsCommand(options, context);
    });

  withCommonOptions(
    analyze
      .command('gradients')
      .description('Fig 4: predictions by gradient length, and what each length contributes to the gradient'),
    { part: 'unlabeled', count: 200 },
  )
    .option(
      '--batch <images>',
      'images a step, over which Eq 5 counts (default: what the run computes at once)',
      whole(1),
    )
    .option('--shift <s>', 'the reduced copy is 1/2^s', shift, 1)
    .option('--bins <number>', 'M of Eq 5: bins of the gradient length over 0..1', whole(2), 10)
    .action(async (options: AnalyzeChoices) => {
      const { gradientsCommand } = await import('../analyze/gradients.ts');
      await gradientsCommand(options, context);
    });
}

function withCommonOptions(command: Command, { part, count }: { part: string; count: number }): Command {
  command
    .requiredOption('--run <folder>', 'a run folder')
    .requiredOption('--out <folder>', 'for the page, the JSON, and each figure as SVG and PNG')
    .addOption(checkpointOption())
    .addOption(
      new Option('--part <name>', `which data of the run, where no other data is named (default: ${part})`).choices([
        'labeled',
        'validation',
        'unlabeled',
      ]),
    )
    .option('--count <images>', 'images to look at, drawn by the seed; all if there are no more', whole(1), count)
    .option('--seed <number>', 'instead of the seed of the run', whole(0))
    .option('--name <text>', 'what the data set is called in titles')
    .option('--json', 'the numbers as one JSON object on stdout');
  return addSourceOptions(command);
}

/** A pyramid has five levels; at a shift of five none has a partner. */
const MOST_SHIFT = 4;

function shift(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= MOST_SHIFT) return value;
  throw new InvalidArgumentError(`Must be a whole number from 1 to ${MOST_SHIFT}: a pyramid has five levels.`);
}

const modelOption = (): Option =>
  new Option('--model <network>', 'whose weights (default: of the run’s networks the better on validation)');
