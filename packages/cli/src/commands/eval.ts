import { Option, type Command } from 'commander';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';

interface EvalOptions {
  readonly annotations: string;
  readonly detections: string;
  readonly protocol: 'coco' | 'voc07' | 'voc10';
  readonly json?: boolean;
}

export function registerEval(program: Command, context: Context): void {
  program
    .command('eval')
    .description('COCO metrics of a file of detections, as pycocotools computes them')
    .requiredOption('--annotations <file>', 'ground truth, COCO JSON')
    .requiredOption(
      '--detections <file>',
      'detections, COCO results JSON: [{"image_id", "category_id", "bbox": [x, y, w, h], "score"}]',
    )
    .addOption(new Option('--protocol <name>', 'which metric').choices(['coco', 'voc07', 'voc10']).default('coco'))
    .option('--json', 'one JSON object on stdout, values in 0..1, -1 where undefined')
    .action(async (options: EvalOptions) => {
      if (options.protocol !== 'coco') {
        throw new UsageError(
          `The protocol ${options.protocol} is not there yet; COCO's metric is (--protocol coco), and its AP50 is the closest number.`,
        );
      }
      const { evalCommand } = await import('../eval/eval.ts');
      await evalCommand(options, context);
    });
}
