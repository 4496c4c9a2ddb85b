import { CommanderError } from 'commander';
import { explain, UsageError } from './errors.ts';
import { processIo, withStdoutReserved, type Io } from './io.ts';
import { createProgram } from './program.ts';
import { shownFrom } from './ui/path.ts';
import { printable } from './ui/printable.ts';

/**
 * Runs one command line.
 *
 * @param argv the words after `sed-cli`
 * @param io the process to use; default the real one
 * @returns the exit code: 0 done, 1 failed, 2 wrong use
 */
export async function run(argv: readonly string[], io: Io = processIo()): Promise<number> {
  const verbose = argv.includes('--verbose') || (io.env['SED_DEBUG'] ?? '') !== '';
  const state = { exitCode: 0 };
  try {
    await withStdoutReserved(io, () => createProgram(io, state).parseAsync([...argv], { from: 'user' }));
    return state.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      // commander has written its sentence already. Help that was asked for and the version are no error.
      return error.exitCode === 0 ? 0 : 2;
    }
    io.stderr.write(`sed-cli: ${printable(explain(error, verbose, (path) => shownFrom(io.cwd, path)))}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}
