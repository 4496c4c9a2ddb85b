import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { methodsWith } from './own-methods.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sed-methods-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const method = (kind: string) =>
  `{ kind: '${kind}', schema: {}, networks: () => ({}), views: () => [], parts: () => [] }`;

test('the standard ones, and those that a module exports, alone or in a list', async () => {
  expect((await methodsWith(undefined)).map(({ kind }) => kind)).toEqual(['supervised', 'sed']);
  const file = write(
    'two.mjs',
    `export const a = ${method('a')}; export default [a, ${method('b')}]; export const n = 3;`,
  );
  const kinds = (await methodsWith(file)).map(({ kind }) => kind);
  expect(kinds.sort()).toEqual(['a', 'b', 'sed', 'supervised']);
});

test.each<[string, () => string, RegExp]>([
  ['no file', () => join(folder, 'none.mjs'), /none\.mjs does not exist/],
  ['no JavaScript', () => write('broken.mjs', 'export const = 1'), /broken\.mjs cannot be loaded: /],
  [
    'no method',
    () => write('other.mjs', 'export const answer = 42;'),
    /exports no method \(it exports answer\)\. A method is/,
  ],
  ['nothing', () => write('empty.mjs', ''), /exports no method \(it exports nothing\)/],
  [
    'a name that is taken',
    () => write('sed.mjs', `export default ${method('sed')}`),
    /has a method "sed", which is one of the/,
  ],
])('%s is an error', async (_, file, message) => {
  await expect(methodsWith(file())).rejects.toThrow(message);
});
