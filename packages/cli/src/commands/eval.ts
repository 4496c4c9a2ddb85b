import { Option, type Command } from 'commander';
import { between, scales, whole, type Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { EvalChoices } from '../eval/eval.ts';
import { checkpointOption, modelOfOption } from '../runs/options.ts';
import { names, renames } from '../sources/source-options.ts';

export function registerEval(program: Command, context: Context): void {
  program
    .command('eval')
    .description("metrics of a file of detections or of a run's model: COCO's, as pycocotools computes them, or VOC's")
    .option('--annotations <file>', 'ground truth, COCO JSON')
    .option('--voc <folder>', 'or ground truth of a VOC folder or VOCdevkit; image ids are those of `loadVoc`')
    .option('--set <names...>', 'behind --voc: image sets such as test or VOC2007/test')
    .option(
      '--detections <file>',
      'detections, COCO results JSON: [{"image_id", "category_id", "bbox": [x, y, w, h], "score"}]',
    )
    .option(
      '--run <folder>',
      'instead of --detections: a run, whose model detects; without --annotations or --voc on the validation data of the run',
    )
    .option('--images <folder>', 'with --run and --annotations: the folder of the images')
    .option(
      '--rename-classes <old=new,...>',
      'with --run and --annotations or --voc: classes that these name differently from the run, e.g. aeroplane=airplane',
      renames,
    )
    .option(
      '--leave-out-classes <names>',
      'with --run and --annotations or --voc: their classes that do not count, with commas; `others`: all that the run does not have',
      (text: string) => (text === 'others' ? text : names(text)),
    )
    .addOption(checkpointOption())
    .addOption(modelOfOption('with --run: whose weights (default: of its networks the better on validation)'))
    .option('--size <pixels>', "with --run: short edge of the input (default: that of the run's tests)", whole(64))
    .option(
      '--scales <list>',
      'with --run: several short edges, e.g. 480,800,1200, each on its own and merged (class-wise NMS at 0.5, the best 100)',
      scales,
    )
    .addOption(
      new Option('--protocol <name>', 'which metric: voc07 reads AP at 11 recalls, voc10 takes the whole area')
        .choices(['coco', 'voc07', 'voc10'])
        .default('coco'),
    )
    .option('--iou <number>', 'VOC: IoU from which a detection is right (default: 0.5)', between(0.01, 1))
    .option('--extra-pixel', 'VOC: widths in both files are xmax - xmin, without the last pixel')
    .addOption(
      new Option(
        '--on-fault <what>',
        'with --detections: stop at faulty annotations, or skip them and say how many; ' +
          'classes of one name are then told apart by their ids, as in pycocotools',
      ).choices(['stop', 'skip']),
    )
    .option('--per-class', 'COCO: AP of each class too (VOC always has it)')
    .option('--json', 'one JSON object on stdout, values in 0..1, -1 where undefined')
    .action(async (options: EvalChoices) => {
      checkWhat(options);
      const { run, detections } = options;
      if (detections === undefined) {
        const { evalRun } = await import('../eval/eval-run.ts');
        await evalRun({ ...options, run: run! }, context);
        return;
      }
      if ((options.annotations === undefined) === (options.voc === undefined)) {
        throw new UsageError('Where is the ground truth? Give --annotations <file>, or --voc <folder>.');
      }
      const { evalCommand } = await import('../eval/eval.ts');
      await evalCommand({ ...options, detections }, context);
    });
}

/** What goes together; whether the ground truth is named is for the form with `--detections` to say. */
function checkWhat(options: EvalChoices): void {
  const { run, detections, annotations, voc, set, images, modelOf, checkpoint, size, scales: sizes } = options;
  if ((run === undefined) === (detections === undefined)) {
    throw new UsageError('What is to be evaluated? Give either --detections <file> or --run <folder>.');
  }
  if (set !== undefined && voc === undefined) {
    throw new UsageError('--set goes with --voc, e.g. --voc VOCdevkit --set VOC2007/test.');
  }
  if (
    (options.renameClasses ?? options.leaveOutClasses) !== undefined &&
    (run === undefined || (annotations ?? voc) === undefined)
  )
    throw new UsageError(
      '--rename-classes and --leave-out-classes go with --run and the labels of --annotations or --voc.',
    );
  if (options.protocol === 'coco' && (options.iou !== undefined || options.extraPixel)) {
    throw new UsageError('--iou and --extra-pixel belong to --protocol voc07 and voc10.');
  }
  if (run === undefined) {
    if ((images ?? modelOf ?? checkpoint ?? size ?? sizes) !== undefined)
      throw new UsageError(
        '--images, --model-of, --checkpoint, --size and --scales go with --run: detections in a file are done.',
      );
    return;
  }
  if (annotations !== undefined && voc !== undefined) throw new UsageError('Give either --annotations or --voc.');
  if ((annotations === undefined) !== (images === undefined))
    throw new UsageError('--annotations and --images go together with --run: the labels and the folder of the images.');
  if (size !== undefined && sizes !== undefined)
    throw new UsageError('Give either --size (one) or --scales (several, merged).');
  if (options.onFault) throw new UsageError('--on-fault goes with --detections: a run has data.onFault.');
  if (options.extraPixel) throw new UsageError('--extra-pixel goes with --detections.');
}
