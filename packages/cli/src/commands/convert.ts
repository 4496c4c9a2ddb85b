import { Option, type Command } from 'commander';
import type { Context } from '../context.ts';
import type { ConvertChoices } from '../convert/convert.ts';
import { addSourceOptions } from '../sources/source-options.ts';

export function registerConvert(program: Command, context: Context): void {
  addSourceOptions(
    program
      .command('convert')
      .description('write data of any format, or several sources as one, as COCO, Pascal VOC or YOLO')
      .addOption(new Option('--to <format>', 'the format').choices(['coco', 'voc', 'yolo']).makeOptionMandatory())
      .requiredOption('--out <folder>', 'where; a folder that has other sets of the same classes gets one more')
      .option('--as <set>', 'what the set is called there: train, val, test, …', 'train')
      .addOption(
        new Option('--image-files <what>', 'copy the images, link to them, or write annotations alone (none)')
          .choices(['copy', 'link', 'none'])
          .default('copy'),
      )
      .option('--json', 'a summary as one JSON object on stdout'),
  )
    .addHelpText('after', EXAMPLES)
    .action(async (options: ConvertChoices) => {
      const { convertCommand } = await import('../convert/convert.ts');
      await convertCommand(options, context);
    });
}

const EXAMPLES = `
Examples:
  sed-cli convert --voc VOCdevkit --set VOC2007/trainval VOC2012/trainval --to coco --out voc-as-coco --as trainval
  sed-cli convert --coco instances_val.json --images val2017 --classes person,car --leave-out-classes others --to yolo --out small --as val
`;
