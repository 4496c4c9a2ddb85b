import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { runCli } from '../testing/run-cli.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sed-cli-check-'));
  await mkdir(join(folder, 'images'));
  await sharp({ create: { width: 60, height: 40, channels: 3, background: '#456' } })
    .png()
    .toFile(join(folder, 'images/a.png'));
  const box = { image_id: 1, category_id: 1, bbox: [5, 5, 20, 10], area: 200, iscrowd: 0 };
  const json = (annotations: object[]) =>
    JSON.stringify({
      images: [{ id: 1, file_name: 'a.png', width: 60, height: 40 }],
      annotations,
      categories: [{ id: 1, name: 'cat' }],
    });
  await writeFile(join(folder, 'a.json'), json([{ id: 1, ...box }]));
  await writeFile(join(folder, 'from-0.json'), json([{ id: 0, ...box, attributes: { rotation: 90 } }]));
  await writeFile(join(folder, 'crowds.json'), json([{ id: 1, ...box, iscrowd: 1 }]));
  await writeFile(join(folder, 'empty.json'), json([]));
});
afterAll(() => rm(folder, { recursive: true }));

const config = (unlabeled: object, validation = 'a.json') =>
  JSON.stringify({
    method: { kind: 'sed' },
    data: {
      labeled: { annotations: 'a.json', images: 'images' },
      unlabeled,
      validation: { annotations: validation, images: 'images' },
    },
  });
const check = async (...argv: string[]) => {
  const { code, stdout } = await runCli(['data', 'check', ...argv], { cwd: folder });
  return { code, lines: stdout.trimEnd().split('\n') };
};
const coco = (file: string) => ['--coco', file, '--images', 'images'];

test('columns stand below their heads, also where names are paths below the folder that it is run in', async () => {
  const { code, lines } = await check(...coco('a.json'));
  expect(code).toBe(0);
  const [heads, row] = lines as [string, string];
  expect(row.startsWith('a.json ')).toBe(true);
  for (const [i, word] of ['images', 'boxes', 'without boxes', 'crowds', 'difficult', 'classes'].entries()) {
    const end = heads.indexOf(word) + word.length;
    expect(row.slice(0, end)).toMatch(new RegExp(`(?: +\\d+){${i + 1}}$`));
  }
  expect(lines.at(-1)).toBe('Nothing is wrong with this data.');
});

test('where nothing could be opened no image was decoded', async () => {
  const { code, lines } = await check(...coco('no.json'));
  expect(code).toBe(1);
  expect(lines[0]).toBe('No data could be opened.');
  expect(lines.join('\n')).not.toMatch(/Every image was decoded|headers and the ends/);
});

test('ids from 0 and rotated boxes are warned of', async () => {
  const { code, lines } = await check(...coco('from-0.json'));
  expect(code).toBe(0);
  expect(lines).toEqual(expect.arrayContaining(['  1 × rotated boxes', '  1 × annotation ids of 0']));
  expect(lines.at(-1)).toBe('No fault in this data, but what the warnings above say (2).');
});

test('crowds alone are nothing to learn from', async () => {
  const { code, lines } = await check(...coco('crowds.json'));
  expect(code).toBe(1);
  expect(lines.join('\n')).toContain('all 1 boxes of crowds.json are crowds or difficult');
  expect(lines).toContain('  1 × classes of crowds and difficult objects alone');
});

test('a validation set without boxes measures nothing', async () => {
  await writeFile(join(folder, 'run.json'), config({ images: 'images' }, 'empty.json'));
  const { lines } = await check('--config', 'run.json');
  expect(lines).toContain('  1 × data that measures nothing');
  expect(lines.join('\n')).toContain('no box in 1 images');
});

test('an unlabeled folder that is the labeled one: harmless if it is meant, and no new image', async () => {
  await writeFile(join(folder, 'run.json'), config({ images: 'images' }));
  const { lines } = await check('--config', 'run.json');
  expect(lines).toContain('  1 × images that are both labeled and unlabeled');
  expect(lines.join('\n')).toContain('all 1 unlabeled images are labeled ones too');
  expect(lines.join('\n')).toContain('harmless, as long as it is meant');
});
