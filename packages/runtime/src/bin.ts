#!/usr/bin/env node
/** `sed-runtime install | doctor`: for anybody who runs tfjs-node. */
import { parseArgs } from 'node:util';
import { describeRuntime } from './describe.ts';
import { inspectRuntime } from './inspect.ts';
import { installRuntime } from './install/install.ts';
import { progressLine } from './install/report-progress.ts';

const HELP = `sed-runtime: TensorFlow.js on a current TensorFlow

Usage:
  sed-runtime install [--gpu | --no-gpu] [--cache DIR]
      Fetches TensorFlow with pip, builds tfjs-node's addon against it and tries it. With an NVIDIA driver, or with --gpu,
      CUDA's libraries too. Everything goes to one folder of the user's cache, and is not fetched twice.
  sed-runtime doctor [--json] [--cache DIR]
      Says what runs here and what would make it faster.

Then, in Node:
  import { prepareBackend } from '@sed/runtime';
  await prepareBackend();
`;

async function main(argv: string[]): Promise<number> {
  let parsed;
  try {
    parsed = parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        json: { type: 'boolean' },
        gpu: { type: 'boolean' },
        'no-gpu': { type: 'boolean' },
        cache: { type: 'string' },
      },
    });
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${HELP}`);
    return 2;
  }
  const { values, positionals } = parsed;
  const [command, ...rest] = positionals;
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (rest.length > 0 || (command !== 'install' && command !== 'doctor')) {
    process.stderr.write(
      `${command === undefined ? 'A command is missing' : `Unknown: ${positionals.join(' ')}`}.\n\n${HELP}`,
    );
    return 2;
  }
  const cache = values.cache === undefined ? {} : { cacheDir: values.cache };
  if (command === 'doctor') {
    const report = await inspectRuntime({ thorough: true, ...cache });
    process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : describeRuntime(report));
    return 0;
  }
  const abort = new AbortController();
  process.once('SIGINT', () => abort.abort());
  const terminal = process.stderr.isTTY === true;
  const line = progressLine(terminal);
  const result = await installRuntime({
    ...cache,
    gpu: values.gpu ? true : values['no-gpu'] ? false : 'auto',
    signal: abort.signal,
    log: (message) => process.stderr.write(`${terminal ? '\r\x1b[K' : ''}${message}\n`),
    onProgress: (progress) => {
      const text = line(progress);
      if (text) process.stderr.write(text);
    },
  });
  if (terminal) process.stderr.write('\r\x1b[K');
  const what = `TensorFlow ${result.tensorflow}${result.flavor === 'cuda' ? ' with CUDA' : ''}`;
  process.stdout.write(
    result.installed
      ? `${what} is installed (${result.megabytes} MB, ${result.seconds.toFixed(0)} s): ${result.folder}\n`
      : `${what} was installed already: ${result.folder}\n`,
  );
  return 0;
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: Error) => {
    process.stderr.write(`\n${error.message}\n`);
    process.exitCode = error.name === 'AbortError' ? 130 : 1;
  },
);
