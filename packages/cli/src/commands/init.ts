import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { InitChoices } from '../init/init.ts';

export function registerInit(program: Command, context: Context): void {
  program
    .command('init')
    .description('make the config of a run from pictures with labels, and others without')
    .requiredOption(
      '--labeled <path>',
      'a folder of pictures with labels (COCO, VOC, XML files beside the images, YOLO), or their file of annotations',
    )
    .option('--unlabeled <folder>', 'pictures without labels; without them the run is supervised')
    .option('--validation <path>', 'labels to measure on (default: those of --labeled, else a fifth of it is held out)')
    .option('--images <folder>', 'where the pictures of a COCO file are, if not near it')
    .requiredOption('--out <file>', 'the config, JSON')
    .option('--force', 'write over --out')
    .option('--json', 'what was found and chosen as one JSON object on stdout')
    .action(async (options: InitChoices) => {
      const { initCommand } = await import('../init/init.ts');
      await initCommand(options, context);
    });
}
