#!/usr/bin/env node
/**
 * Bundles the scripts of the pages, `packages/cli/src/client`, into a module of texts that the pages inline. The module
 * is committed, so that a build needs the compiler alone; a test of the CLI says when it is not what the sources give.
 *
 * node tools/client/bundle.mjs
 */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const cli = fileURLToPath(new URL('../../packages/cli/', import.meta.url));
export const GENERATED = join(cli, 'src/page/scripts.generated.ts');

/** Scripts by the name of their constant: the file that begins them, and what they are. */
const SCRIPTS = [
  ['THEME_BEFORE', 'theme-before.ts', 'Stands in the head: the remembered theme, before anything is drawn.'],
  ['THEME_SWITCH', 'theme-switch.ts', 'Of every page: the button that changes the theme.'],
  ['REPORT', 'report.ts', "Of the report, behind uPlot's script: charts and pictures."],
];

/** The text of the module. */
export async function generatedModule() {
  const { build } = await import(pathToFileURL(createRequire(join(cli, 'package.json')).resolve('esbuild')).href);
  const constants = [];
  for (const [name, file, what] of SCRIPTS) {
    const { outputFiles } = await build({
      absWorkingDir: cli,
      entryPoints: [join('src/client', file)],
      bundle: true,
      write: false,
      format: 'iife',
      platform: 'browser',
      target: 'es2022',
      charset: 'utf8',
      logLevel: 'silent',
    });
    const lines = outputFiles[0].text.trimEnd().split('\n');
    const text = lines.map((line) => `  ${JSON.stringify(line)},\n`).join('');
    constants.push(`/** ${what} */\nexport const ${name}: string = [\n${text}].join('\\n');\n`);
  }
  return `// Made of src/client by: node tools/client/bundle.mjs\n\n${constants.join('\n')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(GENERATED, await generatedModule());
