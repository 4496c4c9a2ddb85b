#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const program = new URL('../dist/index.js', import.meta.url);
if (!existsSync(fileURLToPath(program))) {
  process.stderr.write(
    'sed-cli is not built: dist/index.js is missing. In a clone of the repository run `npm run setup`, or `npx tsc -b packages/cli`.\n',
  );
  process.exit(1);
}
const { run, processIo } = await import(program.href);
process.exitCode = await run(process.argv.slice(2), processIo());
