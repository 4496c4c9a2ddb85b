import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { boxesSvg } from './boxes.ts';
import { classColor, inkOn } from './palette.ts';
import { drawPicture, scoreLabel } from './picture.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sed-draw-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function blank(width: number, height: number, orientation?: number): Promise<string> {
  const path = join(folder, `${width}x${height}-${orientation ?? 0}.png`);
  const image = sharp({ create: { width, height, channels: 3, background: '#808080' } });
  await (orientation === undefined ? image.png() : image.withMetadata({ orientation }).png()).toFile(path);
  return path;
}

async function pixelsOf(jpeg: Buffer) {
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
  return { info, at: (x: number, y: number) => [0, 1, 2].map((c) => data[(y * info.width + x) * 3 + c]!) };
}

test('the frame lies on the pixels of the box, its inside is untouched', async () => {
  const path = await blank(480, 480);
  const jpeg = await drawPicture(path, [
    { x: 100, y: 120, width: 200, height: 160, name: '', score: '', color: '#ff0000' },
  ]);
  const { info, at } = await pixelsOf(jpeg);
  expect([info.width, info.height]).toEqual([480, 480]);
  const isRed = ([r, g, b]: number[]) => r! > 200 && g! < 70 && b! < 70;
  const isGray = (c: number[]) => c.every((v) => Math.abs(v - 128) < 12);
  for (const x of [104, 200, 295]) {
    expect(isRed(at(x, 120))).toBe(true);
    expect(isRed(at(x, 121))).toBe(true);
    expect(isRed(at(x, 278))).toBe(true);
    expect(isRed(at(x, 279))).toBe(true);
  }
  for (const y of [125, 200, 275]) {
    expect(isRed(at(100, y))).toBe(true);
    expect(isRed(at(299, y))).toBe(true);
  }
  expect(isGray(at(200, 200))).toBe(true);
  expect(isGray(at(90, 200))).toBe(true);
  expect(isGray(at(310, 200))).toBe(true);
  expect(isGray(at(200, 290))).toBe(true);
});

test('a tag is drawn above the box, and inside it at the top of the picture', async () => {
  const path = await blank(480, 480);
  const color = '#00ff00';
  const jpeg = await drawPicture(path, [
    { x: 40, y: 100, width: 200, height: 50, name: 'cat', score: '.93', color },
    { x: 40, y: 0, width: 200, height: 50, name: 'dog', score: '', color },
  ]);
  const { at } = await pixelsOf(jpeg);
  const isGreen = ([r, g, b]: number[]) => g! > 150 && r! < 110 && b! < 110;
  expect(isGreen(at(41, 93))).toBe(true); // left edge of the tag above
  expect(isGreen(at(41, 6))).toBe(true); // the other one is inside
  // The letters are dark on green: the tag's area holds both.
  let dark = 0;
  for (let x = 42; x < 84; x++) for (let y = 92; y < 100; y++) if (at(x, y).every((v) => v < 90)) dark++;
  expect(dark).toBeGreaterThan(20);
});

test('boxes that leave the picture stay inside it', () => {
  const svg = boxesSvg([{ x: -20, y: 90, width: 400, height: 400, name: 'x', score: '', color: '#ffffff' }], 100, 100);
  const numbers = [...svg.matchAll(/<rect x="([-\d.]+)" y="([-\d.]+)" width="([-\d.]+)" height="([-\d.]+)"/g)];
  expect(numbers.length).toBe(3);
  for (const [, x, y, w, h] of numbers) {
    expect(Number(x)).toBeGreaterThanOrEqual(0);
    expect(Number(y)).toBeGreaterThanOrEqual(0);
    expect(Number(x) + Number(w)).toBeLessThanOrEqual(100);
    expect(Number(y) + Number(h)).toBeLessThanOrEqual(100);
  }
});

test('EXIF rotation is applied before drawing', async () => {
  const { info } = await pixelsOf(await drawPicture(await blank(60, 40, 6), []));
  expect([info.width, info.height]).toEqual([40, 60]);
});

test('colors: distinct for 80 classes, ink that reads', () => {
  const colors = Array.from({ length: 80 }, (_, k) => classColor(k));
  expect(new Set(colors).size).toBe(80);
  for (const color of colors) expect(color).toMatch(/^#[0-9a-f]{6}$/);
  expect(inkOn('#ffff00')).toBe('#000000');
  expect(inkOn('#000080')).toBe('#ffffff');
});

test('scores are short', () => {
  expect(scoreLabel(0.934)).toBe('.93');
  expect(scoreLabel(0.05)).toBe('.05');
  expect(scoreLabel(0.999)).toBe('1.0');
});
