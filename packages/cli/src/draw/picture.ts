import sharp from 'sharp';
import { boxesSvg, type DrawnBox } from './boxes.ts';

/** Draws boxes on an image file (EXIF rotation applied) and returns a JPEG. */
export async function drawPicture(path: string, boxes: readonly DrawnBox[]): Promise<Buffer> {
  const upright = await sharp(path)
    .rotate()
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = upright.info;
  return sharp(upright.data, { raw: { width, height, channels } })
    .composite([{ input: Buffer.from(boxesSvg(boxes, width, height)), left: 0, top: 0 }])
    .jpeg({ quality: 90, chromaSubsampling: '4:4:4' })
    .toBuffer();
}

/** `.93`, or `1.0` where it rounds to one: a tag has no room for more. */
export function scoreLabel(score: number): string {
  const text = score.toFixed(2);
  return text === '1.00' ? '1.0' : text.slice(1);
}
