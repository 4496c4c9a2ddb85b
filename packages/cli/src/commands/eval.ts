import { Option, type Command } from 'commander';
import { between, type Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { EvalChoices } from '../eval/eval.ts';

export function registerEval(program: Command, context: Context): void {
  program
    .command('eval')
    .description("metrics of a file of detections: COCO's, as pycocotools computes them, or VOC's")
    .option('--annotations <file>', 'ground truth, COCO JSON')
    .option('--voc <folder>', 'or ground truth of a VOC folder or VOCdevkit; image ids are those of `loadVoc`')
    .option('--set <names...>', 'behind --voc: image sets such as test or VOC2007/test')
    .requiredOption(
      '--detections <file>',
      'detections, COCO results JSON: [{"image_id", "category_id", "bbox": [x, y, w, h], "score"}]',
    )
    .addOption(
      new Option('--protocol <name>', 'which metric: voc07 reads AP at 11 recalls, voc10 takes the whole area')
        .choices(['coco', 'voc07', 'voc10'])
        .default('coco'),
    )
    .option('--iou <number>', 'VOC: IoU from which a detection is right (default: 0.5)', between(0.01, 1))
    .option('--extra-pixel', 'VOC: widths in both files are xmax - xmin, without the last pixel')
    .option('--per-class', 'COCO: AP of each class too (VOC always has it)')
    .option('--json', 'one JSON object on stdout, values in 0..1, -1 where undefined')
    .action(async (options: EvalChoices) => {
      if ((options.annotations === undefined) === (options.voc === undefined)) {
        throw new UsageError('Where is the ground truth? Give --annotations <file>, or --voc <folder> --set <names>.');
      }
      if ((options.voc === undefined) !== (options.set === undefined)) {
        throw new UsageError('--voc and --set go together, e.g. --voc VOCdevkit --set VOC2007/test.');
      }
      if (options.protocol === 'coco' && (options.iou !== undefined || options.extraPixel)) {
        throw new UsageError('--iou and --extra-pixel belong to --protocol voc07 and voc10.');
      }
      const { evalCommand } = await import('../eval/eval.ts');
      await evalCommand(options, context);
    });
}
