import { Option, type Command } from 'commander';
import { wholes } from '../bench/lists.ts';
import { whole, type Context } from '../context.ts';
import type { EvalBenchChoices } from '../bench/bench-eval.ts';
import type { ForwardChoices } from '../bench/bench-forward.ts';
import type { StepChoices } from '../bench/bench-step.ts';
import type { DataChoices } from '../bench/data.ts';

/** Steps between two looks at memory. */
const MEMORY_EVERY = 100;

export function registerBench(program: Command, context: Context): void {
  const bench = program.command('bench').description('measure the speed of this machine');
  withModel(
    bench
      .command('step')
      .description(
        'time one SED training step on made-up images: supervised, distillation and scale losses, their gradients, SGD and EMA',
      ),
  )
    .addOption(listOption('--size <pixels>', 'height and width of an image, a multiple of 64', 64, 384))
    .option('--labeled <count>', 'labeled images in a step (default: 1)', whole(1))
    .option('--unlabeled <count>', 'unlabeled images in a step (default: 1)', whole(1))
    .option('--batch <count>', 'instead of both: so many labeled and as many unlabeled; several with commas', wholes(1))
    .option('--steps <count>', 'steps that are timed, after one that is not', whole(1), 3)
    .addOption(profileOption())
    .addOption(countOption('a step'))
    .addOption(
      new Option(
        '--memory [every]',
        'resident memory and tensors after every so many steps; exit code 1 where tensors are left behind',
      )
        .argParser(whole(1))
        .preset(String(MEMORY_EVERY)),
    )
    .option('--json', 'one JSON object on stdout')
    .action(async (options: StepChoices) => {
      const { benchStep } = await import('../bench/bench-step.ts');
      await benchStep(options, context);
    });
  withModel(
    bench
      .command('forward')
      .description(
        'time the forward pass of a detector on made-up images: backbone, pyramid and dense head, without gradients',
      ),
  )
    .addOption(listOption('--size <pixels>', 'height and width of an image, a multiple of 32', 32, 384))
    .addOption(listOption('--batch <count>', 'images in a forward pass', 1, 1))
    .option('--steps <count>', 'forward passes that are timed, after one that is not', whole(1), 10)
    .addOption(profileOption())
    .addOption(countOption('a forward pass'))
    .option('--json', 'one JSON object on stdout')
    .action(async (options: ForwardChoices) => {
      const { benchForward } = await import('../bench/bench-forward.ts');
      await benchForward(options, context);
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
  bench
    .command('eval')
    .description("time COCO's metrics on made-up results as large as those of val2017")
    .option('--images <count>', 'images', whole(1), 5000)
    .option('--detections <count>', 'detections of an image', whole(0), 100)
    .option('--classes <count>', 'classes', whole(1), 80)
    .option('--runs <count>', 'evaluations that are timed', whole(1), 3)
    .option('--write <folder>', 'write instances.json and detections.json, for other tools')
    .option('--from <folder>', 'read these files instead, and time that too')
    .option('--json', 'one JSON object on stdout')
    .action(async (options: EvalBenchChoices) => {
      const { benchEval } = await import('../bench/bench-eval.ts');
      await benchEval(options, context);
    });
}

/** Which detector, the same for every bench of one. */
function withModel(command: Command): Command {
  return command
    .addOption(new Option('--model <name>', 'detector').choices(['retinanet', 'fasterrcnn']).default('retinanet'))
    .addOption(
      new Option('--backbone <name>', 'backbone, with random weights')
        .choices(['resnet18', 'resnet34', 'resnet50', 'resnet101', 'efficientnet-lite0'])
        .default('resnet50'),
    )
    .option('--classes <count>', 'classes', whole(1), 20);
}

/** An option of one number or several. */
function listOption(flags: string, what: string, least: number, value: number): Option {
  const option = new Option(flags, `${what}; several with commas`).argParser(wholes(least));
  return option.default([value], String(value));
}

function profileOption(): Option {
  return new Option(
    '--profile <folder>',
    'time by phase, op and shape, with a trace for ui.perfetto.dev; runs with and without it alternate',
  );
}

function countOption(what: string): Option {
  return new Option(
    '--count',
    `operations, bytes, launches and host round trips of ${what}, and what a GPU needs for them at least`,
  );
}
