import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { decodeImage, imageSize } from './decode.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sed-decode-'));
});
afterAll(() => rm(folder, { recursive: true }));

const at = (name: string) => join(folder, name);
/** Left half one color, right half another: 8 x 4 pixels. */
const halves = (left: number[], right: number[]) => {
  const channels = left.length as 1 | 3 | 4;
  const data = Buffer.from(Array.from({ length: 32 }, (_, i) => (i % 8 < 4 ? left : right)).flat());
  return sharp(data, { raw: { width: 8, height: 4, channels } });
};
const pixel = ({ pixels, width }: { pixels: Uint8Array; width: number }, x: number, y: number) => [
  ...pixels.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];
const messageOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'nothing was thrown',
    (error: Error) => error.message.replaceAll(folder, '<tmp>'),
  );

test('RGB: three bytes a pixel, rows from the top', async () => {
  await halves([250, 0, 10], [0, 200, 30]).png().toFile(at('rgb.png'));
  const image = await decodeImage(at('rgb.png'));
  expect(image.pixels.constructor.name).toBe('Uint8Array');
  expect(image).toMatchObject({ width: 8, height: 4 });
  expect(image.pixels).toHaveLength(8 * 4 * 3);
  expect([pixel(image, 0, 0), pixel(image, 7, 3)]).toEqual([
    [250, 0, 10],
    [0, 200, 30],
  ]);
});

test('EXIF rotation is applied, to pixels and size', async () => {
  // Orientation 6: shown turned clockwise, so the left half comes to the top.
  await halves([250, 0, 0], [0, 0, 250]).withMetadata({ orientation: 6 }).png().toFile(at('turned.png'));
  const image = await decodeImage(at('turned.png'));
  expect(image).toMatchObject({ width: 4, height: 8 });
  expect(await imageSize(at('turned.png'))).toEqual({ width: 4, height: 8 });
  expect([pixel(image, 0, 0), pixel(image, 0, 7)]).toEqual([
    [250, 0, 0],
    [0, 0, 250],
  ]);
});

test('grayscale becomes three equal channels', async () => {
  await halves([40], [220]).toColourspace('b-w').png().toFile(at('gray.png'));
  expect((await sharp(at('gray.png')).metadata()).channels).toBe(1);
  const image = await decodeImage(at('gray.png'));
  expect(image.pixels).toHaveLength(96);
  expect([pixel(image, 0, 0), pixel(image, 7, 0)]).toEqual([
    [40, 40, 40],
    [220, 220, 220],
  ]);
});

test('CMYK becomes RGB', async () => {
  await halves([255, 0, 0], [255, 255, 255]).toColourspace('cmyk').jpeg({ quality: 100 }).toFile(at('cmyk.jpg'));
  expect((await sharp(at('cmyk.jpg')).metadata()).channels).toBe(4);
  const image = await decodeImage(at('cmyk.jpg'));
  expect(image.pixels).toHaveLength(96);
  const [r, g, b] = pixel(image, 0, 0) as [number, number, number];
  expect(r).toBeGreaterThan(200);
  expect(Math.max(g, b)).toBeLessThan(90);
  expect(Math.min(...pixel(image, 7, 0))).toBeGreaterThan(240);
});

test('16 bits become 8', async () => {
  const values = Uint16Array.from({ length: 32 * 3 }, (_, i) => (Math.floor(i / 3) % 8 < 4 ? 0x4080 : 0xffff));
  await sharp(values, { raw: { width: 8, height: 4, channels: 3 } })
    .toColourspace('rgb16')
    .png()
    .toFile(at('deep.png'));
  expect((await sharp(at('deep.png')).metadata()).depth).toBe('ushort');
  const image = await decodeImage(at('deep.png'));
  expect([pixel(image, 0, 0), pixel(image, 7, 0)]).toEqual([
    [0x40, 0x40, 0x40],
    [255, 255, 255],
  ]);
});

test('16-bit grayscale becomes 8-bit RGB', async () => {
  const values = Uint16Array.from({ length: 32 }, (_, i) => (i % 8 < 4 ? 0x4080 : 0xffff));
  await sharp(values, { raw: { width: 8, height: 4, channels: 1 } })
    .toColourspace('grey16')
    .png()
    .toFile(at('deepgray.png'));
  expect(await sharp(at('deepgray.png')).metadata()).toMatchObject({ depth: 'ushort', channels: 1 });
  const image = await decodeImage(at('deepgray.png'));
  expect([pixel(image, 0, 0), pixel(image, 7, 0)]).toEqual([
    [0x40, 0x40, 0x40],
    [255, 255, 255],
  ]);
});

test('alpha is laid over white', async () => {
  await halves([255, 0, 0, 255], [0, 0, 0, 0]).png().toFile(at('alpha.png'));
  const image = await decodeImage(at('alpha.png'));
  expect([pixel(image, 0, 0), pixel(image, 7, 0)]).toEqual([
    [255, 0, 0],
    [255, 255, 255],
  ]);
});

test('of an animation, the first frame', async () => {
  const frames = Buffer.concat([Buffer.alloc(48, 200), Buffer.alloc(48, 10)]);
  const raw = { width: 4, height: 8, channels: 3 as const, pageHeight: 4 };
  await sharp(frames, { raw }).gif().toFile(at('moving.gif'));
  expect((await sharp(at('moving.gif')).metadata()).pages).toBe(2);
  const image = await decodeImage(at('moving.gif'));
  expect(image).toMatchObject({ width: 4, height: 4 });
  expect(pixel(image, 0, 0)).toEqual([200, 200, 200]);
});

test('a color profile is ignored, as PIL and OpenCV ignore it', async () => {
  await halves([200, 30, 30], [10, 120, 10]).withIccProfile('p3').png().toFile(at('p3.png'));
  const stored = [...(await sharp(at('p3.png'), { ignoreIcc: true }).raw().toBuffer()).subarray(0, 3)];
  expect(stored).not.toEqual([200, 30, 30]); // sharp stored P3 values
  expect(pixel(await decodeImage(at('p3.png')), 0, 0)).toEqual(stored);
});

test('a file that is replaced gives its new pixels, whatever libvips kept of the old one', async () => {
  await halves([200, 0, 0], [0, 0, 0]).png({ progressive: true }).toFile(at('replaced.png'));
  expect(pixel(await decodeImage(at('replaced.png')), 0, 0)).toEqual([200, 0, 0]);
  await halves([10, 0, 0], [0, 0, 0]).png().toFile(at('replaced.png'));
  expect(pixel(await decodeImage(at('replaced.png')), 0, 0)).toEqual([10, 0, 0]);
});

describe('files that are no images name themselves and the reason', () => {
  let jpeg: Buffer;
  let png: Buffer;
  beforeAll(async () => {
    const noise = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251));
    const image = sharp(noise, { raw: { width: 64, height: 64, channels: 3 } });
    jpeg = await image.clone().jpeg().toBuffer();
    png = await image.clone().png().toBuffer();
  });

  test.each([
    [
      'cut.jpg',
      () => jpeg.subarray(0, jpeg.length / 2),
      /is cut off at \d+ bytes; copy or download it again \(sharp said: .*\)\.$/,
    ],
    [
      'cut.png',
      () => png.subarray(0, png.length / 2),
      /is cut off at \d+ bytes; copy or download it again \(sharp said: .*\)\.$/,
    ],
    ['empty.jpg', () => Buffer.alloc(0), /the file is empty \(0 bytes\); copy or download it again\.$/],
    [
      'text.jpg',
      () => Buffer.from('hello'),
      /it is no image, whatever its name says: it begins with "hello"; a download or a copy went wrong\.$/,
    ],
    [
      'page.jpg',
      () => Buffer.from('<!DOCTYPE html><p>404'),
      /it is a web page, not an image: a download went wrong\.$/,
    ],
    [
      'lfs.jpg',
      () => Buffer.from('version https://git-lfs.github.com/spec/v1'),
      /it is a git-lfs pointer, not the image/,
    ],
    [
      'old.bmp',
      () => Buffer.from(`BM${'\0'.repeat(60)}`),
      /its BMP header says that it has 0 bytes, which no kind of BMP has/,
    ],
  ])('%s', async (name, content, reason) => {
    await writeFile(at(name), content());
    const message = await messageOf(decodeImage(at(name)));
    expect(message.startsWith(`Cannot read the image <tmp>/${name}: `)).toBe(true);
    expect(message).toMatch(reason);
  });

  test('a missing file and a folder', async () => {
    expect(await messageOf(decodeImage(at('no.jpg')))).toBe(
      'Cannot read the image <tmp>/no.jpg: the file does not exist.',
    );
    expect(await messageOf(imageSize(at('no.jpg')))).toBe(
      'Cannot read the image <tmp>/no.jpg: the file does not exist.',
    );
    expect(await messageOf(decodeImage(folder))).toBe('Cannot read the image <tmp>: it is a folder.');
  });

  test('bytes behind the end of a JPEG are no fault', async () => {
    await writeFile(at('long.jpg'), Buffer.concat([jpeg, Buffer.from('trailing bytes')]));
    expect(await decodeImage(at('long.jpg'))).toMatchObject({ width: 64, height: 64 });
  });

  test('imageSize reads the header alone', async () => {
    await writeFile(at('half.jpg'), jpeg.subarray(0, jpeg.length / 2));
    expect(await imageSize(at('half.jpg'))).toEqual({ width: 64, height: 64 });
    expect((await readFile(at('half.jpg'))).length).toBeLessThan(jpeg.length);
  });
});
