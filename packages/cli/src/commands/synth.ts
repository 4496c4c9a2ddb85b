import { Option, type Command } from 'commander';
import { whole, type Context } from '../context.ts';
import type { SynthChoices } from '../synth/synth.ts';

export function registerSynth(program: Command, context: Context): void {
  program
    .command('synth')
    .description('made-up scenes in COCO format, to try things out')
    .requiredOption('--out <folder>', 'the data set; it must be new or empty')
    .option(
      '--images <count>',
      'images altogether, four fifths train and the rest val; or what --splits add up to',
      whole(1),
    )
    .option('--seed <number>', 'what is drawn is a function of this', whole(0), 1)
    .option('--splits <name=count,...>', 'e.g. train=200,val=50: one annotation file each')
    .option('--unlabeled <name=count,...>', 'more splits, plain folders of images without annotations')
    .addOption(
      new Option('--difficulty <name>', 'how many classes and how varied they are').choices(['easy', 'medium', 'hard']),
    )
    .option('--classes <names>', 'classes, with commas (default: those of the difficulty)')
    .option('--width <pixels>', 'width of an image', whole(32), 320)
    .option('--height <pixels>', 'height of an image', whole(32), 240)
    .option('--json', 'a summary as one JSON object on stdout')
    .action(async (options: SynthChoices) => {
      const { synthCommand } = await import('../synth/synth.ts');
      await synthCommand(options, context);
    });
}
