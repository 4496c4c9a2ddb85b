import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { deflateSync, crc32 } from 'node:zlib';
import sharp from 'sharp';
import { tempFolder } from '../testing/temp-folder.ts';
import { decodeImage, imageSize } from './decode.ts';
import { fileKind } from './kind.ts';
import { MAX_PIXELS } from './limits.ts';
import { verifyImage } from './verify-image.ts';

const { at, write, messageOf } = tempFolder({ beforeEach, afterEach });

/** All three ways to a file say the same. */
async function refusal(name: string): Promise<string> {
  const messages = [
    decodeImage(at(name)),
    imageSize(at(name)),
    verifyImage(at(name), 'whole'),
    verifyImage(at(name), 'header'),
  ];
  const [first, ...others] = await Promise.all(messages.map((promise) => messageOf(promise)));
  for (const other of others) expect(other).toBe(first);
  return first!.replace(`Cannot read the image <tmp>/${name}: `, '');
}

/** A PNG of one color, whose rows are never held as a whole. */
function plainPng(width: number, height: number): Buffer {
  const chunk = (kind: string, body: Buffer) => {
    const named = Buffer.concat([Buffer.from(kind), body]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(body.length, 0);
    ends.writeUInt32BE(crc32(named), 4);
    return Buffer.concat([ends.subarray(0, 4), named, ends.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const rows = deflateSync(Buffer.alloc((1 + Math.ceil(width / 8)) * height));
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]);
}

describe('what a file is, is told by its content', () => {
  test.each([
    [
      'svg',
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="other.png"/></svg>',
      'it is an SVG drawing',
    ],
    [
      'svg-xml',
      '\ufeff<?xml version="1.0"?><!-- a comment --><svg width="9" height="9"></svg>',
      'it is an SVG drawing',
    ],
    ['pdf', '%PDF-1.7\n', 'it is a PDF document: convert it to PNG or JPEG.'],
    ['jp2', '\0\0\0\x0cjP  \r\n\x87\n', 'it is a JPEG 2000 picture: convert it to PNG or JPEG.'],
    ['j2k', '\xff\x4f\xff\x51\0', 'it is a JPEG 2000 picture: convert it to PNG or JPEG.'],
    ['jxl', '\xff\x0a\0\0', 'it is a JPEG XL picture'],
    ['psd', '8BPS\0\x01', 'it is a Photoshop document'],
    ['exr', '\x76\x2f\x31\x01\x02', 'it is an OpenEXR picture'],
    ['ico', '\0\0\x01\0\x01\0', 'it is a Windows icon'],
    ['ppm', 'P6\n2 2\n255\n', 'it is a Netpbm picture'],
    ['pfm', 'PF\n2 2\n-1.0\n', 'it is a PFM picture of floating-point values'],
    ['dicom', `${'\0'.repeat(128)}DICM`, 'it is a DICOM file'],
    ['cr2', 'II*\0\x10\0\0\0CR\x02\0', 'it is a raw file of a camera'],
    ['cr3', '\0\0\0\x18ftypcrx \0\0\0\x01crx isom', 'it is a raw file of a camera'],
    ['mp4', '\0\0\0\x18ftypisom\0\0\0\x01isommp41', 'it is a video: save its frames as pictures.'],
    ['avi', 'RIFF\0\0\0\0AVI LIST', 'it is a video: save its frames as pictures.'],
    ['zip', 'PK\x03\x04', 'it is a ZIP archive: unpack it.'],
    ['html', '\n<!DOCTYPE html><p>404', 'it is a web page, not an image: a download went wrong.'],
    ['npy', '\x93NUMPY\x01', 'it is a NumPy array'],
  ])('%s named .jpg', async (name, content, said) => {
    await write({ [`${name}.jpg`]: name.startsWith('svg') ? content : Buffer.from(content, 'latin1') });
    expect(await refusal(`${name}.jpg`)).toContain(said);
  });

  test("libvips' own format named .jpg", async () => {
    const gray = sharp({ create: { width: 8, height: 8, channels: 3, background: '#888' } });
    await gray.toFile(at('dump.v'));
    execFileSync('mv', [at('dump.v'), at('dump.jpg')]);
    expect(await refusal('dump.jpg')).toContain("it is a file in libvips' own format");
  });

  test('a PNG named .jpg, .bmp, or by no extension, is a PNG', async () => {
    const png = await sharp({ create: { width: 5, height: 3, channels: 3, background: '#123' } })
      .png()
      .toBuffer();
    for (const name of ['a.jpg', 'a.bmp', 'a.tif', 'a']) {
      await write({ [name]: png });
      expect(await decodeImage(at(name))).toMatchObject({ width: 5, height: 3 });
    }
  });

  test('HEIC and AVIF are told by their brands, whatever comes first', () => {
    const file = (brands: string) =>
      Buffer.from(
        `\0\0\0${String.fromCharCode(12 + brands.length)}ftyp${brands.slice(0, 4)}\0\0\0\0${brands.slice(4)}`,
      );
    expect(fileKind(file('mif1avifmiaf'))).toEqual({ read: 'avif' });
    expect(fileKind(file('mif1heicmiaf'))).toEqual({ read: 'heic' });
    expect(fileKind(file('heicmif1'))).toEqual({ read: 'heic' });
  });
});

describe('no memory is taken for what is too large', () => {
  test('16383 x 16383 pixels in 33 KB', async () => {
    await write({ 'bomb.png': plainPng(16383, 16383) });
    const before = process.resourceUsage().maxRSS;
    expect(await refusal('bomb.png')).toBe(
      `its header says 16383x16383 (268 million pixels); at most ${MAX_PIXELS.toLocaleString('en-US')} pixels are decoded. Cut it into tiles or scale it down.`,
    );
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(100 * 1024);
  });

  test('a third of that, in 11 KB', async () => {
    await write({ 'bomb.png': plainPng(9400, 9400) });
    expect(await refusal('bomb.png')).toMatch(
      /^its header says 9400x9400 \(88 million pixels\), in \d+ bytes: so little is a decompression bomb/,
    );
  });

  test('a BMP that says so', async () => {
    const bmp = Buffer.alloc(60);
    bmp.write('BM');
    bmp.writeUInt32LE(40, 14);
    bmp.writeInt32LE(2 ** 30, 18);
    bmp.writeInt32LE(-(2 ** 30), 22);
    bmp.writeUInt16LE(24, 28);
    await write({ 'bomb.bmp': bmp });
    expect(await refusal('bomb.bmp')).toContain('its header says 1073741824x1073741824');
  });

  test('a large plain picture that is no bomb is read', async () => {
    await write({ 'plain.png': plainPng(4000, 3000) });
    expect(await verifyImage(at('plain.png'), 'whole')).toMatchObject({ width: 4000, height: 3000, black: true });
  });
});

describe('what is no file', () => {
  test('a folder, an empty file, a link to nothing', async () => {
    await write({ 'folder.jpg/inside': 'x', 'empty.jpg': '' });
    expect(await refusal('folder.jpg')).toBe('it is a folder.');
    expect(await refusal('empty.jpg')).toBe('the file is empty (0 bytes); copy or download it again.');
    expect(await refusal('none.jpg')).toBe('the file does not exist.');
  });

  test('a pipe nobody writes into, and a socket: neither is waited for', async () => {
    execFileSync('mkfifo', [at('pipe.jpg')]);
    expect(await refusal('pipe.jpg')).toBe('it is a pipe, a socket or a device, and no file.');
    const server = createServer();
    await new Promise<void>((listening) => server.listen(at('socket.jpg'), listening));
    expect(await refusal('socket.jpg')).toBe('it is a pipe, a socket or a device, and no file.');
    await new Promise((closed) => server.close(closed));
  });
});
