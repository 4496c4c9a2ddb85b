/** The programs in the README of a package: what a reader copies, compiles and runs. */
import { transformSync } from '@swc/core';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Program {
  /** `readme-losses-1.js`, or `.ts`. */
  readonly file: string;
  readonly text: string;
}

/** The blocks of JavaScript and TypeScript of a page. One that imports nothing goes on where the one before ended. */
export function programsOf(page: string, name: string): Program[] {
  const programs: { kind: string; text: string }[] = [];
  for (const [, kind, text] of readFileSync(page, 'utf8').matchAll(/^```(js|ts)\n([\s\S]*?)^```/gm)) {
    const last = programs.at(-1);
    if (last && !/^import /m.test(text!)) last.text += `\n${text}`;
    else programs.push({ kind: kind!, text: text! });
  }
  return programs.map(({ kind, text }, i) => ({ file: `readme-${name}-${i + 1}.${kind}`, text }));
}

/** Writes the programs into a project, and TypeScript also as the JavaScript to run. @returns the files to run */
export function writePrograms(programs: readonly Program[], project: string): string[] {
  return programs.map(({ file, text }) => {
    writeFileSync(join(project, file), text);
    if (file.endsWith('.js')) return file;
    const { code } = transformSync(text, {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'es6' },
    });
    const run = file.replace(/\.ts$/, '.mjs');
    writeFileSync(join(project, run), code);
    return run;
  });
}

/**
 * The settings that a reader's project has, for the programs in TypeScript; `skipLibCheck`, for tfjs's own types do not
 * compile without.
 * @param types the folder of `@types/node`
 */
export function compilerSettings(programs: readonly Program[], types: string): object {
  return {
    compilerOptions: {
      ...{ module: 'nodenext', target: 'es2022', strict: true, noEmit: true, skipLibCheck: true },
      ...{ typeRoots: [types], types: ['node'] },
    },
    files: programs.map(({ file }) => file).filter((file) => file.endsWith('.ts')),
  };
}
