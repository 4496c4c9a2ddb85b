import { readFileSync } from 'node:fs';
import { type RgbImage } from './index.ts';
import {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  gaussianBlur,
  resize,
  rgbToGrayscale,
} from './operations.ts';

interface Packed {
  width: number;
  height: number;
  pixels: string;
}
interface Case extends Packed {
  op: string;
  image: string;
  args: [number, number, boolean];
}

const golden = JSON.parse(readFileSync(new URL('./fixtures/torchvision.json', import.meta.url), 'utf8')) as {
  images: Record<string, Packed>;
  cases: Case[];
};

function unpack({ width, height, pixels }: Packed): RgbImage {
  return { width, height, pixels: new Uint8Array(Buffer.from(pixels, 'base64')) };
}

function run(op: string, image: RgbImage, [first, second, third]: Case['args']): RgbImage {
  switch (op) {
    case 'adjustBrightness':
      return adjustBrightness(image, first);
    case 'adjustContrast':
      return adjustContrast(image, first);
    case 'adjustSaturation':
      return adjustSaturation(image, first);
    case 'adjustHue':
      return adjustHue(image, first);
    case 'rgbToGrayscale':
      return rgbToGrayscale(image);
    case 'gaussianBlur':
      return gaussianBlur(image, first, second);
    case 'resize':
      return resize(image, first, second, { antialias: third });
    case 'pillow':
      return resize(image, first, second);
    default:
      throw new Error(`no operation ${op}`);
  }
}

describe.each([...new Set(golden.cases.map(({ op }) => op))])('%s', (op) => {
  const cases = golden.cases.filter((one) => one.op === op);

  test.each(cases)('$image $args', ({ image, args, ...packed }) => {
    const wanted = unpack(packed);
    const source = unpack(golden.images[image]!);
    // Pillow's fixed point is ours, so reductions agree to the byte (its newest versions take rows first where width
    // grows); torch computes in float.
    const tolerance = op === 'pillow' && wanted.width <= source.width ? 0 : 1;
    const before = source.pixels.slice();
    const got = run(op, source, args);
    expect([got.width, got.height]).toEqual([wanted.width, wanted.height]);
    expect(got.pixels.length).toBe(wanted.pixels.length);
    let worst = 0;
    got.pixels.forEach((value, i) => (worst = Math.max(worst, Math.abs(value - wanted.pixels[i]!))));
    expect(worst).toBeLessThanOrEqual(tolerance);
    expect(source.pixels).toEqual(before);
  });

  test('nearly every value is the same', () => {
    let off = 0;
    let total = 0;
    for (const one of cases) {
      const { pixels } = run(op, unpack(golden.images[one.image]!), one.args);
      const wanted = unpack(one).pixels;
      pixels.forEach((value, i) => (off += value === wanted[i] ? 0 : 1));
      total += pixels.length;
    }
    expect(off / total).toBeLessThan(op === 'pillow' ? 0.1 : 0.02);
  });
});
