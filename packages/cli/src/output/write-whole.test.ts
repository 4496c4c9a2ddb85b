import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeWhole } from './write-whole.ts';

const folder = mkdtempSync(join(tmpdir(), 'sed-write-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a file is replaced, a link is too and what it leads to stays; nothing is left beside', async () => {
  const [file, link, other] = ['a.txt', 'link.txt', 'other.txt'].map((name) => join(folder, 'made', name)) as [
    string,
    string,
    string,
  ];
  await writeWhole(file, 'one');
  await writeWhole(file, 'two');
  writeFileSync(other, 'kept');
  symlinkSync(other, link);
  await writeWhole(link, 'new');
  expect([file, link, other].map((path) => readFileSync(path, 'utf8'))).toEqual(['two', 'new', 'kept']);
  expect(readdirSync(join(folder, 'made')).sort()).toEqual(['a.txt', 'link.txt', 'other.txt']);
});

test('what fails names the file that was asked for and leaves nothing', async () => {
  // a name that is as long as one may be has no room for what is written aside
  const long = join(folder, 'a'.repeat(250));
  await expect(writeWhole(long, 'x')).rejects.toMatchObject({ code: 'ENAMETOOLONG', path: long });
  const path = join(folder, 'taken');
  mkdirSync(join(path, 'full'), { recursive: true });
  await expect(writeWhole(path, 'x')).rejects.toMatchObject({ path });
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  await writeWhole('/dev/null', 'gone');
});
