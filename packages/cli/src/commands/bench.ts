import { Option, type Command } from 'commander';
import { whole, type Context } from '../context.ts';
import type { StepChoices } from '../bench/step.ts';

export function registerBench(program: Command, context: Context): void {
  const bench = program.command('bench').description('measure the speed of this machine');
  bench
    .command('step')
    .description(
      'time one SED training step on made-up images: supervised, distillation and scale losses, their gradients, SGD and EMA',
    )
    .addOption(new Option('--model <name>', 'detector').choices(['retinanet']).default('retinanet'))
    .addOption(
      new Option('--backbone <name>', 'backbone, with random weights')
        .choices(['resnet18', 'resnet34', 'resnet50', 'resnet101', 'efficientnet-lite0'])
        .default('resnet50'),
    )
    .option('--size <pixels>', 'height and width of an image, a multiple of 64', whole(64), 384)
    .option('--labeled <count>', 'labeled images in a step', whole(1), 1)
    .option('--unlabeled <count>', 'unlabeled images in a step', whole(1), 1)
    .option('--classes <count>', 'classes', whole(1), 20)
    .option('--steps <count>', 'steps that are timed, after one that is not', whole(1), 3)
    .option('--json', 'one JSON object on stdout')
    .action(async (options: StepChoices) => {
      const { benchStep } = await import('../bench/step.ts');
      await benchStep(options, context);
    });
}
