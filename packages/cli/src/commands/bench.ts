import { Option, type Command } from 'commander';
import { whole, type Context } from '../context.ts';
import type { DataChoices } from '../bench/data.ts';
import type { StepChoices } from '../bench/step.ts';

export function registerBench(program: Command, context: Context): void {
  const bench = program.command('bench').description('measure the speed of this machine');
  bench
    .command('step')
    .description(
      'time one SED training step on made-up images: supervised, distillation and scale losses, their gradients, SGD and EMA',
    )
    .addOption(new Option('--model <name>', 'detector').choices(['retinanet', 'fasterrcnn']).default('retinanet'))
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
  bench
    .command('data')
    .description('time the data pipeline: read, decode, weak and strong view, as in training; nothing is kept decoded')
    .option('--images <glob...>', 'image files, folders or globs; without it made-up JPEGs of 640x480 pixels')
    .option('--size <pixels>', 'short edge of a view', whole(32), 320)
    .option('--workers <count>', 'threads that make views, 0 for none; default as in training', whole(0))
    .option('--batch <count>', 'images in a step', whole(2), 8)
    .option('--count <images>', 'images that are timed', whole(1), 400)
    .option('--json', 'one JSON object on stdout')
    .action(async (options: DataChoices) => {
      const { benchData } = await import('../bench/data.ts');
      await benchData(options, context);
    });
}
