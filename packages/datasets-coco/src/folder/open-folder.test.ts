import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openFolder } from './open-folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sed-folder-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function touch(...names: string[]) {
  for (const name of names) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), 'x');
  }
}
const names = async (images: string | string[] = folder) =>
  (await openFolder({ images })).images.map(({ fileName }) => fileName);
const messageOf = (images: string | string[]) =>
  openFolder({ images }).then(
    () => 'nothing was thrown',
    (error: Error) => error.message.replaceAll(folder, '<tmp>'),
  );

test('finds images below the folder in either case, sorted by path, with ids from 1', async () => {
  await touch(
    'b.jpg',
    'a.PNG',
    'sub/deep/c.JpEg',
    'sub/d.webp',
    'notes.txt',
    'e.tif',
    '.hidden.jpg',
    '.git/x.jpg',
    'jpg',
  );
  const data = await openFolder({ images: folder });
  expect(data).toMatchObject({ source: folder, categories: [] });
  expect(data.images).toHaveLength(5);
  expect(data.images[0]).toEqual({ id: 1, path: join(folder, 'a.PNG'), fileName: 'a.PNG', annotations: [] });
  expect(data.images.map(({ id, fileName }) => [id, fileName])).toEqual([
    [1, 'a.PNG'],
    [2, 'b.jpg'],
    [3, 'e.tif'],
    [4, 'sub/d.webp'],
    [5, 'sub/deep/c.JpEg'],
  ]);
});

test('odd names are names, not patterns', async () => {
  const odd = [
    '[1] a*b?.jpg',
    'back\\slash.jpg',
    'new\nline.jpg',
    'ünï 漢字.jpg',
    '{x,y}.jpg',
    '!no.jpg',
    'quo\'te".jpg',
    '-rf.jpg',
  ];
  await touch(...odd.map((name) => `dir (1) [x]/${name}`));
  expect(await names(join(folder, 'dir (1) [x]'))).toEqual([...odd].sort());
});

test('a folder whose name looks like an image is a folder', async () => {
  await touch('album.jpg/1.jpg');
  expect(await names()).toEqual(['album.jpg/1.jpg']);
});

describe('links', () => {
  test('to files and folders are followed', async () => {
    await touch('real/1.jpg', 'elsewhere/2.jpg', 'elsewhere/3.jpg');
    await symlink(join(folder, 'elsewhere/2.jpg'), join(folder, 'real/two.jpg'));
    await symlink(join(folder, 'elsewhere'), join(folder, 'real/more'));
    expect(await names(join(folder, 'real'))).toEqual(['1.jpg', 'more/2.jpg', 'more/3.jpg', 'two.jpg']);
  });

  test('in a loop, to a parent, to nothing: each image once', async () => {
    await touch('data/a/1.jpg', 'data/b/2.jpg', 'outside.jpg');
    await symlink(join(folder, 'data'), join(folder, 'data/a/loop'));
    await symlink(join(folder, 'data/a'), join(folder, 'data/b/again'));
    await symlink('self', join(folder, 'data/self'));
    await symlink(join(folder, 'nothing.jpg'), join(folder, 'data/dead.jpg'));
    expect(await names(join(folder, 'data'))).toEqual(['a/1.jpg', 'b/2.jpg']);
    await symlink(folder, join(folder, 'data/up'));
    expect(await names(join(folder, 'data'))).toEqual(['a/1.jpg', 'b/2.jpg', 'up/outside.jpg']);
  });

  test('the folder itself may be one', async () => {
    await touch('real/1.jpg');
    await symlink(join(folder, 'real'), join(folder, 'link'));
    expect(await names(join(folder, 'link'))).toEqual(['1.jpg']);
  });
});

describe('globs, files and lists', () => {
  test('a glob takes the images it matches', async () => {
    await touch('x/1.jpg', 'x/1.txt', 'x/y/2.jpg', 'z/3.jpg');
    expect(await names(`${folder}/x/**/*`)).toEqual(['1.jpg', 'y/2.jpg']);
    expect(await names(`${folder}/{x,z}/*.jpg`)).toEqual(['x/1.jpg', 'z/3.jpg']);
  });

  test('the part of a glob that exists is no pattern, nor is a file that exists', async () => {
    await touch(
      'run [2] (old) {a,b}!/1.jpg',
      'run [2] (old) {a,b}!/deep/2.jpg',
      'run 2/3.jpg',
      '!x.jpg',
      '*.jpg',
      'y.jpg',
    );
    const odd = join(folder, 'run [2] (old) {a,b}!');
    expect(await names(`${odd}/*.jpg`)).toEqual(['1.jpg']);
    expect(await names(`${odd}/**/*.jpg`)).toEqual(['1.jpg', 'deep/2.jpg']);
    expect(await names(join(folder, '!x.jpg'))).toEqual(['!x.jpg']);
    expect(await names(join(folder, '*.jpg'))).toEqual(['*.jpg']);
  });

  test('links below a glob are followed, as below a folder', async () => {
    await touch('photos/1.jpg', 'elsewhere/2.jpg', 'elsewhere/deep/3.jpg');
    await symlink(join(folder, 'elsewhere'), join(folder, 'photos/more'));
    await symlink(join(folder, 'photos'), join(folder, 'photos/loop'));
    await symlink(join(folder, 'elsewhere/2.jpg'), join(folder, 'photos/two.jpg'));
    expect(await names(`${folder}/photos/**/*.jpg`)).toEqual(['1.jpg', 'more/2.jpg', 'more/deep/3.jpg', 'two.jpg']);
    expect(await names(`${folder}/photos/*/*.jpg`)).toEqual(['more/2.jpg']);
    expect(await names(`${folder}/photos/*.jpg`)).toEqual(['1.jpg', 'two.jpg']);
  });

  test('a name in the other Unicode form is found', async () => {
    await touch('u\u0308bung/1.jpg');
    expect(await names(join(folder, '\u00fcbung'))).toEqual(['1.jpg']);
    expect(await names(join(folder, '\u00fcbung/*.jpg'))).toEqual(['1.jpg']);
  });

  test('formats of every extension that Ultralytics knows and is read here, in either case', async () => {
    await touch('a.BMP', 'b.mpo', 'c.Tif', 'd.WEBP', 'e.jfif');
    expect(await names()).toEqual(['a.BMP', 'b.mpo', 'c.Tif', 'd.WEBP', 'e.jfif']);
  });

  test('a list is one data set; an image named twice is there once', async () => {
    await touch('x/1.jpg', 'y/1.jpg', 'y/2.jpg');
    const data = await openFolder({ images: [join(folder, 'y'), join(folder, 'x'), join(folder, 'y/2.jpg')] });
    expect(data.images.map(({ fileName }) => fileName)).toEqual(['x/1.jpg', 'y/1.jpg', 'y/2.jpg']);
  });
});

describe('errors say what was looked for', () => {
  test('no image', async () => {
    await touch('a.txt', 'b.txt', 'c.jp2');
    const message = await messageOf(folder);
    expect(message).toMatch(/^images: no image in <tmp> \(looked below <tmp> for \.jpg .*\.png .*\.bmp/);
    expect(message).toContain(
      'in either case, hidden files left out; there is 2 × .txt, 1 × .jp2). What is there (a JPEG 2000 picture) is not read here: convert it to PNG or JPEG.',
    );
  });

  test('nothing at all', async () => {
    expect(await messageOf([`${folder}/*.jpg`])).toContain('matched: no file at all');
    expect(await messageOf(join(folder, 'no'))).toBe(
      "images: <tmp>/no does not exist. Name a folder, an image file, or a glob such as 'photos/**/*.jpg'.",
    );
    expect(await messageOf([])).toBe('images is an empty list: name at least one folder or glob.');
  });
});
