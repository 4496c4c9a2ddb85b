import { InvalidArgumentError, Option, type Command } from 'commander';
import { between, whole, type Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { AnyChoices, Coco35kChoices, CocoFullChoices, CocoStandardChoices, VocChoices } from '../split/split.ts';

// The same list as COCO_STANDARD_VARIANTS: --help must not load the data package.
const VARIANTS = ['exact', 'stac', 'mmdetection', 'soft-teacher', 'unbiased-teacher'] as const;

export function registerSplit(program: Command, context: Context): void {
  const split = program
    .command('split')
    .description('labeled and unlabeled images by the protocols of the papers, as COCO JSON files with their image ids')
    .option('--verify <file>', 'check a file that this command wrote: hash its ids and compare with its record')
    .option('--source <file>', 'with --verify: draw the split again from this annotations file')
    .option('--supervision <file>', "with --verify and --source: Unbiased Teacher's COCO_supervision.txt")
    .option('--json', 'one JSON object on stdout')
    .allowExcessArguments()
    .action(async (options: VerifyOptions, command: Command) => {
      const [unknown] = command.args;
      if (unknown !== undefined) {
        throw new UsageError(
          `There is no protocol ${unknown}; there are coco-standard, coco-full, coco-35k, voc and any.`,
        );
      }
      if (options.verify === undefined) {
        throw new UsageError(
          'Which protocol? coco-standard, coco-full, coco-35k, voc or any (each has --help); or --verify a file.',
        );
      }
      const { verifyCommand } = await import('../split/verify.ts');
      await verifyCommand({ ...options, verify: options.verify }, context);
    });
  const command = (name: string, description: string) => addCommon(split.command(name).description(description));

  command('coco-standard', 'p % of train2017 labeled, the rest unlabeled')
    .requiredOption('--annotations <file>', 'instances_train2017.json, or any COCO JSON')
    .requiredOption('--percent <number>', 'labeled images; published: 1, 2, 5, 10', percentage)
    .requiredOption('--fold <number>', 'the seed; published results are means over 1 to 5', whole(0))
    .addOption(
      new Option('--variant <name>', 'whose draw: they give different images').choices(VARIANTS).default('exact'),
    )
    .option('--offset <number>', 'soft-teacher: the offset that its script added to the seeds', whole(0))
    .option('--supervision <file>', 'unbiased-teacher: its dataseed/COCO_supervision.txt')
    .option('--name <text>', 'files are called <name>.{fold}@{percent}.json', 'instances_train2017')
    .action(async (_: CocoStandardChoices, command: Command) => {
      const options = choices<CocoStandardChoices>(command);
      const { cocoStandardCommand } = await import('../split/split.ts');
      await cocoStandardCommand(options, context);
    });
  command('coco-full', 'all of train2017 labeled, unlabeled2017 unlabeled')
    .requiredOption('--annotations <file>', 'instances_train2017.json')
    .requiredOption('--unlabeled <file>', 'image_info_unlabeled2017.json')
    .action(async (_: CocoFullChoices, command: Command) => {
      const options = choices<CocoFullChoices>(command);
      const { cocoFullCommand } = await import('../split/split.ts');
      await cocoFullCommand(options, context);
    });
  command('coco-35k', 'val2014 without minival labeled, train2014 unlabeled, minival to evaluate on')
    .requiredOption('--val2014 <file>', 'instances_val2014.json')
    .requiredOption('--train2014 <file>', 'instances_train2014.json')
    .requiredOption('--minival <file>', 'instances_minival2014.json or instances_val2017.json: the same 5,000 images')
    .action(async (_: Coco35kChoices, command: Command) => {
      const options = choices<Coco35kChoices>(command);
      const { coco35kCommand } = await import('../split/split.ts');
      await coco35kCommand(options, context);
    });
  command('voc', 'VOC 2007 trainval labeled, VOC 2012 trainval unlabeled, VOC 2007 test to evaluate on')
    .requiredOption('--devkit <folder>', 'a VOCdevkit with VOC2007 and VOC2012')
    .option('--no-test', 'leave out VOC 2007 test')
    .action(async (_: VocChoices, command: Command) => {
      const options = choices<VocChoices>(command);
      const { vocCommand } = await import('../split/split.ts');
      await vocCommand(options, context);
    });
  command('any', 'a share of any COCO file labeled, the rest unlabeled')
    .requiredOption('--annotations <file>', 'COCO JSON')
    .option('--percent <number>', 'labeled images', percentage)
    .option('--count <number>', 'labeled images, as a number', whole(1))
    .option('--seed <number>', 'what is drawn is a function of this', whole(0), 1)
    .option('--stratified', 'each class gets its share, and at least one image where that is possible')
    .option('--name <text>', 'files are called <name>.{seed}@{percent}.json (default: as the annotations file)')
    .action(async (_: AnyChoices, command: Command) => {
      const options = choices<AnyChoices>(command);
      if ((options.percent === undefined) === (options.count === undefined)) {
        throw new UsageError('How many images are labeled? Give --percent or --count, one of the two.');
      }
      const { anyCommand } = await import('../split/split.ts');
      await anyCommand(options, context);
    });
}

function addCommon(command: Command): Command {
  return command
    .requiredOption('--out <folder>', 'where the files are written')
    .option('--dry-run', 'say what would be written, and write nothing')
    .option('--classes', 'a table of the classes: images and boxes, in all and labeled')
    .option('--json', 'the split as one JSON object on stdout');
}

interface VerifyOptions {
  readonly verify?: string;
  readonly source?: string;
  readonly supervision?: string;
  readonly json?: boolean;
}

/** `--json` and `--supervision` are options of `split` too, which takes them before a protocol sees them. */
const choices = <T>(command: Command): T => command.optsWithGlobals() as T;

function percentage(text: string): number {
  const value = between(0, 100)(text);
  if (value === 0) throw new InvalidArgumentError('Must be above 0.');
  return value;
}
