import { Option, type Command } from 'commander';
import { between, whole, type Context } from '../context.ts';
import type { PredictChoices } from '../predict/predict.ts';

export function registerPredict(program: Command, context: Context): void {
  program
    .command('predict')
    .description('detect objects in images: COCO results JSON, and pictures')
    .option('--run <folder>', 'a run folder; its newest checkpoint is used')
    .option(
      '--model <name>',
      'instead of --run: the architecture, retinanet or retinanet-<backbone>, e.g. retinanet-resnet50',
    )
    .option('--weights <file>', 'with --model: .pth or .safetensors')
    .option('--classes <names>', 'with --model: class names in the order of the outputs, with commas')
    .requiredOption('--images <glob...>', 'image files, folders or globs')
    .requiredOption('--out <file>', 'where the detections go')
    .option('--annotations <file>', 'take image ids from this COCO JSON, by file name')
    .option('--draw <folder>', 'also write the images with the boxes drawn')
    .option('--score <least>', 'lowest score kept', between(0, 1), 0.05)
    .option('--draw-score <least>', 'lowest score drawn (default: 0.3, or --score where that is higher)', between(0, 1))
    .option(
      '--size <pixels>',
      'with --model: short edge of the input; the long edge is at most 1.67 times that',
      whole(64),
      800,
    )
    .addOption(
      new Option('--model-of <which>', 'with --run: whose weights (default: the teacher, once there is one)').choices([
        'teacher',
        'student',
      ]),
    )
    .option('--json', 'a summary as one JSON object on stdout')
    .action(async (options: PredictChoices) => {
      const { predictCommand } = await import('../predict/predict.ts');
      await predictCommand(options, context);
    });
}
