import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runCli } from '../testing/run-cli.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sed-unused-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, content: string | Uint8Array) => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
};
const check = (...args: string[]) => runCli(['data', 'check', ...args], { cwd: folder });

/** A BMP of 8 x 8 pixels of one color. */
function bmp(value: number): Buffer {
  const file = Buffer.alloc(54 + 8 * 8 * 3, value);
  file.write('BM');
  file.writeUInt32LE(54, 10);
  for (const [i, field] of [40, 8, 8, 1 | (24 << 16), 0, 0, 0, 0, 0, 0].entries())
    file.writeUInt32LE(field, 14 + 4 * i);
  return file;
}

function yolo(): void {
  write('data.yaml', `path: ${folder}\ntrain: images\nval: images\nnames: [thing]\n`);
  for (const i of [1, 2, 3]) {
    write(`images/${i}.bmp`, bmp(60 * i));
    write(`labels/${i}.txt`, '0 0.5 0.5 0.5 0.5\n');
  }
}

test('a YOLO set of BMP is read whole, and nothing is wrong with it', async () => {
  yolo();
  const { code, stdout } = await check('--yolo', 'data.yaml');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^data\.yaml +3 +3 /m);
  expect(stdout).toContain('Nothing is wrong with this data.');
});

test('what is left out is said by reason, with its names, and nothing is called right', async () => {
  yolo();
  write('images/4.jp2', 'x');
  write('labels/4.txt', '0 0.5 0.5 0.5 0.5\n');
  write('images/.5.bmp', bmp(9));
  symlinkSync('gone.bmp', join(folder, 'images/6.bmp'));
  const { code, stdout } = await check('--yolo', 'data.yaml');
  expect(code).toBe(0);
  expect(stdout).toContain(
    [
      'Files below the folders of the data that are not used: 4',
      '  1 × pictures of a format that is not read',
      '      images/4.jp2: a JPEG 2000 picture',
      '      → convert them to PNG or JPEG, or take them out of the folder',
      '  1 × label files without an image that is used',
    ].join('\n'),
  );
  expect(stdout).toContain('      images/6.bmp: a link to nothing\n');
  expect(stdout).toContain('      images/.5.bmp: a hidden file\n');
  expect(stdout).not.toContain('Nothing is wrong');
  expect(stdout).toMatch(/No fault in this data\. It does without 4 of the files below its folders\.$/m);
});

test('--json has it as data', async () => {
  yolo();
  write('images/4.jp2', 'x');
  const { stdout } = await check('--images', 'images', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    stops: false,
    unused: {
      total: 1,
      byKind: [
        { kind: 'pictures of a format that is not read', count: 1, examples: [{ file: join(folder, 'images/4.jp2') }] },
      ],
    },
  });
});
