import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { createContext } from './context.ts';
import type { Io } from './io.ts';
import { registerAnalyze } from './commands/analyze.ts';
import { registerBench } from './commands/bench.ts';
import { registerConvert } from './commands/convert.ts';
import { registerData } from './commands/data.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerEval } from './commands/eval.ts';
import { registerInit } from './commands/init.ts';
import { registerPredict } from './commands/predict.ts';
import { registerReport } from './commands/report.ts';
import { registerSetup } from './commands/setup.ts';
import { registerSplit } from './commands/split.ts';
import { registerSynth } from './commands/synth.ts';
import { registerTrain } from './commands/train.ts';

/** The command line. A command's file declares its options; what it needs to run is imported when it runs. */
export function createProgram(io: Io, state: { exitCode: number }): Command {
  const context = createContext(io, state);
  const program = new Command('sed-cli')
    .description('Train an object detector from few labels and many unlabeled images, evaluate it and look at it.')
    .version(version(), '-V, --version', 'print the version')
    .option('--verbose', 'show the stack of an error')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      getOutHelpWidth: () => io.columns(),
      getErrHelpWidth: () => io.columns(),
    })
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(add --help to see what there is)')
    .showSuggestionAfterError()
    .helpCommand(false);
  for (const register of [
    registerDoctor,
    registerSetup,
    registerInit,
    registerTrain,
    registerEval,
    registerPredict,
    registerSplit,
    registerSynth,
    registerConvert,
    registerData,
    registerReport,
    registerAnalyze,
    registerBench,
  ]) {
    register(program, context);
  }
  return program;
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return (manifest as { version: string }).version;
}
