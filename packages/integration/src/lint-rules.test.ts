/** The lint rules of tools/lint, on a package made up for them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const require = createRequire(join(root, 'package.json'));
const url = (path: string) => JSON.stringify(pathToFileURL(path).href);
const eslint = join(dirname(require.resolve('eslint/package.json')), 'bin', 'eslint.js');

const CONFIG = `
import tseslint from ${url(require.resolve('typescript-eslint'))};
import imports from ${url(join(root, 'tools/lint/imports.mjs'))};
const rule = (dev) => ({ 'imports/within-package': ['error', { scope: '@sed', dev }] });
export default [
  {
    files: ['**/*.ts'],
    plugins: { imports },
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { project: 'tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: { 'imports/no-cycle': 'error', ...rule(false) },
  },
  { files: ['**/*.test.ts'], rules: rule(true) },
];
`;

const FILES: Readonly<Record<string, string>> = {
  'eslint.config.mjs': CONFIG,
  'package.json': JSON.stringify({
    name: '@sed/made-up',
    type: 'module',
    dependencies: { '@sed/geometry': '*' },
    devDependencies: { '@sed/testing': '*' },
  }),
  'tsconfig.json': JSON.stringify({
    compilerOptions: { module: 'nodenext', allowImportingTsExtensions: true, noEmit: true, types: [] },
    include: ['src/**/*.ts'],
  }),
  'src/a.ts': `import type { B } from './b.ts';\nexport interface A { b: B }\n`,
  'src/b.ts': `export { c as B } from './c.ts';\n`,
  'src/c.ts': `import type { A } from './a.ts';\nexport const c = (a: A) => a;\n`,
  'src/later.ts': `export const later = () => import('./a.ts');\n`,
  'src/leaf.ts': `import { later } from './later.ts';\nimport '@sed/geometry/random';\nimport 'node:fs';\nlater();\n`,
  'src/packages.ts': `import '@sed/testing';\nimport '@sed/made-up';\nimport '../../other/src/x.ts';\n`,
  'src/packages.test.ts': `import '@sed/testing';\nimport '@sed/geometry';\nawait import('@sed/losses/x');\n`,
};

interface Linted {
  readonly filePath: string;
  readonly messages: readonly { readonly ruleId: string; readonly line: number; readonly message: string }[];
}

function lint(folder: string): Linted[] {
  try {
    execFileSync(process.execPath, [eslint, '-f', 'json', 'src'], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
    return [];
  } catch (error) {
    return JSON.parse((error as { stdout: string }).stdout) as Linted[];
  }
}

test('a circle of files is found, of types too; and a package imports what its package.json has, by name', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sed-lint-')));
  try {
    mkdirSync(join(folder, 'src'));
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
    const found = Object.fromEntries(
      lint(folder).map(({ filePath, messages }) => [
        filePath.slice(folder.length + 'src/'.length + 1),
        messages.map(({ line, message }) => `${line}: ${message.replaceAll('\\', '/')}`),
      ]),
    );
    const circle = (...names: string[]) => [
      `1: A circle of imports: this file → ${names.map((name) => `src/${name}.ts`).join(' → ')}.`,
    ];
    expect(found).toEqual({
      'a.ts': circle('b', 'c', 'a'),
      'b.ts': circle('c', 'a', 'b'),
      'c.ts': circle('a', 'b', 'c'),
      'later.ts': [],
      'leaf.ts': [],
      'packages.ts': [
        '1: Add @sed/testing to the dependencies of @sed/made-up.',
        '2: @sed/made-up imports itself: import the file.',
        '3: ../../other/src/x.ts is outside of @sed/made-up: import the package by its name.',
      ],
      'packages.test.ts': ['3: Add @sed/losses to the devDependencies of @sed/made-up.'],
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
