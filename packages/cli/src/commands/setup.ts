import { Option, type Command } from 'commander';
import type { Context } from '../context.ts';

interface SetupOptions {
  readonly gpu: 'auto' | 'yes' | 'no';
  readonly weights: boolean;
  readonly json?: boolean;
}

export function registerSetup(program: Command, context: Context): void {
  program
    .command('setup')
    .description('install the native backend (TensorFlow) and the pretrained weights into the cache of this user')
    .addOption(
      new Option('--gpu <choice>', 'with the CUDA libraries; auto: where there is an NVIDIA driver')
        .choices(['auto', 'yes', 'no'])
        .default('auto'),
    )
    .option('--no-weights', 'without the pretrained EfficientNet-Lite0 (17 MB)')
    .option('--json', 'one JSON object on stdout')
    .action(async (options: SetupOptions) => {
      const { setup } = await import('../setup/setup.ts');
      await setup(options, context);
    });
}
