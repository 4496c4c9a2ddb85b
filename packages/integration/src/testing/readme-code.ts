/** The programs in the README of a package: what a reader copies, compiles and runs. */
import { transformSync } from '@swc/core';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.ts';

/** A fenced block of a page: `ts`, `json`, `sh` or nothing, and what stands in it. */
export interface Block {
  readonly kind: string;
  readonly text: string;
}

export interface Program {
  /** `readme-losses-1.ts`. */
  readonly file: string;
  readonly text: string;
}

export function blocksOf(page: string): Block[] {
  const blocks = readFileSync(page, 'utf8').matchAll(/^```([^\n]*)\n([\s\S]*?)^```/gm);
  return [...blocks].map(([, kind, text]) => ({ kind: kind!, text: text! }));
}

/** The blocks of TypeScript of a page. One that imports nothing goes on where the one before ended. */
export function programsOf(page: string, name: string): Program[] {
  const programs: string[] = [];
  for (const { kind, text } of blocksOf(page)) {
    if (kind !== 'ts') continue;
    if (programs.length > 0 && !/^import /m.test(text)) programs.push(`${programs.pop()!}\n${text}`);
    else programs.push(text);
  }
  return programs.map((text, i) => ({ file: `readme-${name}-${i + 1}.ts`, text }));
}

/**
 * Writes the programs into a project and compiles them with the strictest settings that a reader's project may have;
 * `skipLibCheck`, for tfjs's own types do not compile without.
 * @param root of the repository, whose compiler and `@types/node` it are
 */
export async function compilePrograms(programs: readonly Program[], project: string, root: string): Promise<void> {
  for (const { file, text } of programs) writeFileSync(join(project, file), text);
  const settings = {
    compilerOptions: {
      ...{ module: 'nodenext', target: 'es2022', strict: true, noUncheckedIndexedAccess: true },
      ...{ noEmit: true, skipLibCheck: true, typeRoots: [join(root, 'node_modules', '@types')], types: ['node'] },
    },
    files: programs.map(({ file }) => file),
  };
  const file = join(project, 'tsconfig.json');
  writeFileSync(file, JSON.stringify(settings));
  await run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc6'), '-p', file], project);
}

/**
 * Runs the programs in a project, one after the other.
 * @throws Error of one that fails, or that leaves tensors that it made
 */
export async function runPrograms(programs: readonly Program[], project: string, node: string): Promise<void> {
  writeFileSync(
    join(project, 'watch.mjs'),
    `import * as tf from '@tensorflow/tfjs';
     process.on('exit', () => console.log('\\nTENSORS ' + tf.memory().numTensors));`,
  );
  for (const { file, text } of programs) {
    const { code } = transformSync(text, {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'es6' },
    });
    const compiled = file.replace(/\.ts$/, '.mjs');
    writeFileSync(join(project, compiled), code);
    const out = await run(node, ['--import', './watch.mjs', compiled], project, { SED_BACKEND: 'wasm' });
    const left = /TENSORS (\d+)\n$/.exec(out)?.[1];
    if (left !== '0') throw new Error(`${file} leaves ${left} tensors\n${out.slice(-4000)}`);
  }
}
