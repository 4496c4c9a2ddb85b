import { Option, type Command } from 'commander';
import { between, scales, whole, type Context } from '../context.ts';
import { checkpointOption, modelOfOption } from '../runs/options.ts';
import type { PredictChoices } from '../predict/predict.ts';
import { renames } from '../sources/source-options.ts';

export function registerPredict(program: Command, context: Context): void {
  program
    .command('predict')
    .description('detect objects in images: COCO results JSON, and pictures')
    .option('--run <folder>', 'a run folder')
    .option(
      '--model <name>',
      "instead of --run: the architecture, torchvision's fasterrcnn_resnet50_fpn or retinanet_resnet50_fpn, or fasterrcnn-<backbone>, retinanet-<backbone>",
    )
    .option('--weights <file>', 'with --model: .pth or .safetensors')
    .option('--classes <names>', 'with --model: class names in the order of the outputs, with commas')
    .requiredOption('--images <glob...>', 'image files, folders or globs')
    .requiredOption('--out <file>', 'where the detections go')
    .option('--annotations <file>', 'take image and category ids from this COCO JSON, by file and class name')
    .option(
      '--rename-classes <old=new,...>',
      "with --annotations: classes that they name differently, e.g. aeroplane=airplane where the model has 'airplane'",
      renames,
    )
    .option('--draw <folder>', 'also write the images with the boxes drawn')
    .option(
      '--score <least>',
      'lowest score kept (default: 0.05); `best`: that with the best F1 on the validation images of the run',
      (text: string) => (text === 'best' ? text : between(0, 1)(text)),
    )
    .option('--draw-score <least>', 'lowest score drawn (default: 0.3, or --score where that is higher)', between(0, 1))
    .option(
      '--size <pixels>',
      "short edge of the input (default: the run's, 800 with --model); the long edge may grow with it",
      whole(64),
    )
    .option(
      '--scales <list>',
      'several short edges, e.g. 480,800,1200: detections of all are merged by class-wise NMS at 0.5, the best 100 stay',
      scales,
    )
    .option('--norm-epsilon <number>', "with --model: what is added to the batch norms' variances", between(0, 1))
    .addOption(checkpointOption())
    .addOption(
      modelOfOption(
        'whose weights, of a run or of a file that has both (default: of a run the better on validation, of a file the teacher)',
      ),
    )
    .addOption(
      new Option(
        '--weights-style <style>',
        "with --model: images the weights were trained on, torchvision's normalized RGB or Caffe's BGR of 0 to 255 (default: by the file's names)",
      ).choices(['torchvision', 'caffe']),
    )
    .option('--json', 'a summary as one JSON object on stdout')
    .action(async (options: PredictChoices) => {
      const { predictCommand } = await import('../predict/predict.ts');
      await predictCommand(options, context);
    });
}
