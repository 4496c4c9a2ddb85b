import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommonJs } from './common-js.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sed-cjs-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string): void => {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), text);
};

test('files by relative paths, once each, packages from the caller, cycles as in Node', () => {
  write('package.json', '{ "version": "1.2.3" }');
  write(
    'dist/index.js',
    `var a = require('./a'); var b = require('./lib');
     exports.sum = a.one + b.two; exports.version = require('../package.json').version;
     exports.given = require('given'); exports.runs = require('./a').runs.n; exports.here = [__dirname, this === exports];`,
  );
  write('dist/a.js', `exports.one = 1; exports.runs = { n: 1 }; exports.late = () => require('./lib').two;`);
  write('dist/lib/index.js', `var a = require('../a.js'); module.exports = { two: a.one + 1 }; a.runs.n += 10;`);
  const asked: string[] = [];
  const exports = runCommonJs(join(folder, 'dist', 'index.js'), (name) => {
    asked.push(name);
    return 'from outside';
  });
  expect(exports).toEqual({
    sum: 3,
    version: '1.2.3',
    given: 'from outside',
    runs: 11,
    here: [join(folder, 'dist'), true],
  });
  expect(asked).toEqual(['given']);
});

test('a file that is missing is named, and an error in a file has its path', () => {
  write('index.js', `require('./nothing')`);
  expect(() => runCommonJs(join(folder, 'index.js'), () => undefined)).toThrow(
    /asks for \.\/nothing, which is not there/,
  );
  write('bad.js', `\nthrow new Error('no')`);
  try {
    runCommonJs(join(folder, 'bad.js'), () => undefined);
    throw new Error('it did not throw');
  } catch (error) {
    expect((error as Error).stack).toContain(join(folder, 'bad.js'));
  }
});
