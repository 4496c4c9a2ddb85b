import type { Command } from 'commander';
import type { Context } from '../context.ts';

export function registerDoctor(program: Command, context: Context): void {
  program
    .command('doctor')
    .description('say what runs on this machine, what is missing and what would make it faster')
    .option('--json', 'one JSON object on stdout')
    .action(async (options: { json?: boolean }) => {
      const { diagnose, renderDiagnosis } = await import('../doctor/diagnose.ts');
      const diagnosis = await diagnose(context.io.env);
      if (options.json) context.json(diagnosis);
      else context.print(renderDiagnosis(diagnosis, context.io));
    });
}
